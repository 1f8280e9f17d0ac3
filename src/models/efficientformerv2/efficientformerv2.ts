import { check } from '../../base/errors.ts';
import { convNorm } from '../../blocks/torch-conv.ts';
import { twoHeads } from '../../blocks/two-heads.ts';
import { add } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { batchNorm, dropout, globalAveragePool, layerScale } from '../../nn/layers.ts';
import { attentionBiases, strided } from '../../nn/resample.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { downsamplingAttention, type GridMixer, gridAttention, gridOf } from './attention.ts';
import { type EfficientFormerV2Config, efficientFormerV2Schema, efficientFormerV2Variants } from './config.ts';

/**
 * EfficientFormerV2 (Li et al., ICCV 2023, arXiv 2212.08059), as timm's efficientformer_v2.py: every block is a convolutional MLP,
 * the last blocks of stages 3 and 4 attend first, and stage 4 begins with attention that halves the grid. Stage 3's attention halves
 * and doubles its grid, so ⌈H/16⌉ and ⌈W/16⌉ must be even.
 */
export const efficientFormerV2: Family<typeof efficientFormerV2Schema> = {
  name: 'efficientformerv2',
  schema: efficientFormerV2Schema,
  variants: efficientFormerV2Variants,
  defaultSize: 224,
  // Stage 3's attention works at stride 32; the attention between stages 3 and 4 at 16.
  resize: { attention_biases: attentionBiases(strided(16, 32)) },
  blocks: /^stages\.\d+\.blocks\.\d+/,
  picture: (config) =>
    config.depths
      .map((d, i) => {
        const a = attentionOf(config, i);
        return `${'▣'.repeat(d - a)}${'◈'.repeat(a)} ${config.widths[i]}`;
      })
      .join(' │ '),
  build,
  head,
};

/** How many blocks of a stage attend. */
const attentionOf = ({ depths, attentionBlocks }: EfficientFormerV2Config, stage: number) =>
  stage < 2 ? 0 : Math.min(attentionBlocks, depths[stage]!);

function build(s: Scope, image: Value, config: EfficientFormerV2Config, options: { dropPath: number }): Body {
  const ratios = checked(config);
  const { widths, depths, mixer } = config;
  const total = depths.reduce((a, b) => a + b, 0);
  let depth = 0;
  const stages: StageMark[] = [];
  let x = s.in('stem', (stem) => {
    const half = { stride: 2, act: 'gelu' } as const;
    const first = stem.in('conv1', (c) => convNorm(c, image, Math.floor(widths[0]! / 2), half));
    return stem.in('conv2', (c) => convNorm(c, first, widths[0]!, half));
  });
  depths.forEach((blocks, i) => {
    const channels = widths[i]!;
    const attending = attentionOf(config, i);
    s.in(`stages.${i}`, (stage) => {
      if (i > 0) x = stage.in('downsample', (d) => downsample(d, x, channels, i === 3));
      if (i === 2 && attending > 0) checkGrid(image, x);
      for (let j = 0; j < blocks; j++) {
        const dropPath = (options.dropPath * depth++) / Math.max(1, total - 1);
        const attention = j >= blocks - attending ? gridAttention(mixer, i === 2 ? 2 : 1) : undefined;
        const parts = { attention, mlpRatio: ratios[i]![j]!, layerScale: config.layerScale, dropPath };
        x = stage.in(`blocks.${j}`, (b) => blockOf(b, x, parts));
      }
    });
    stages.push({ name: `stages.${i}`, value: x, level: 4 * 2 ** i });
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, _: EfficientFormerV2Config, options: HeadOptions): Head {
  const pooled = globalAveragePool(s.in('norm', (n) => batchNorm(n, end)));
  return { pooled, logits: twoHeads(s, pooled, options) };
}

interface BlockParts {
  readonly attention: GridMixer | undefined;
  readonly mlpRatio: number;
  readonly layerScale: number;
  readonly dropPath: number;
}

/** Attention, where the block has it, then the MLP, both with residuals; [N, C, H, W] → the same. */
function blockOf(s: Scope, x: Value, { attention, mlpRatio, layerScale: initial, dropPath }: BlockParts): Value {
  const residual = (name: string, to: Value, branch: Value) => {
    const scaled = s.in(name, (l) => layerScale(l, branch, initial, 'grid'));
    return add(to, dropout(scaled, dropPath, 'path'));
  };
  const mixed = attention && s.in('token_mixer', (c) => attention(c, x));
  const middle = mixed ? residual('ls1', x, mixed) : x;
  const thought = s.in('mlp', (c) => convMlp(c, middle, mlpRatio));
  return residual('ls2', middle, thought);
}

/** 1×1, depthwise 3×3 and 1×1 convolution on [N, C, H, W]; parameters fc1, mid, fc2. */
function convMlp(s: Scope, x: Value, ratio: number): Value {
  const channels = fixed(x.type.shape[1], 'the number of channels');
  const hidden = Math.floor(channels * ratio);
  const wide = s.in('fc1', (c) => convNorm(c, x, hidden, { kernel: 1, act: 'gelu' }));
  const mixed = s.in('mid', (c) => convNorm(c, wide, hidden, { group: hidden, act: 'gelu' }));
  return s.in('fc2', (c) => convNorm(c, mixed, channels, { kernel: 1 }));
}

/** [N, C, H, W] → [N, channels, ⌈H/2⌉, ⌈W/2⌉]: a 3×3 convolution, and before the last stage attention beside it. */
function downsample(s: Scope, x: Value, channels: number, attend: boolean): Value {
  const y = s.in('conv', (c) => convNorm(c, x, channels, { stride: 2 }));
  return attend
    ? add(
        s.in('attn', (a) => downsamplingAttention(a, x, channels)),
        y,
      )
    : y;
}

/** The MLP ratio of every block, of a configuration whose numbers fit together. */
function checked({ widths, depths, mlpRatios }: EfficientFormerV2Config): number[][] {
  check(
    widths.length === 4 && depths.length === 4 && mlpRatios.length === 4,
    `EfficientFormerV2 has four stages: give four widths, depths and mlpRatios, got [${widths}], [${depths}] and ${JSON.stringify(mlpRatios)}`,
  );
  return mlpRatios.map((ratio, i) => {
    const each = typeof ratio === 'number' ? Array.from({ length: depths[i]! }, () => ratio) : [...ratio];
    check(
      each.length === depths[i],
      `stage ${i + 1} has ${depths[i]} blocks: give as many MLP ratios or a single one, got [${each}]`,
    );
    return each;
  });
}

function checkGrid(image: Value, x: Value): void {
  const [height, width] = gridOf(x);
  check(
    height % 2 === 0 && width % 2 === 0,
    () =>
      `EfficientFormerV2 halves its ${height}×${width} grid of stage 3 and doubles it again, which needs even sides, got an input of ${gridOf(image).join('×')} pixels: take multiples of 32`,
  );
}
