import { check } from '../../base/errors.ts';
import { mixer, type TokenMixer } from '../../blocks/mixer.ts';
import { torchConv } from '../../blocks/torch-conv.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { twoHeads } from '../../blocks/two-heads.ts';
import { add, gelu, relu, sub } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';
import { batchNorm, dropout, layerNorm, layerScale, meanOf, toGrid, toTokens } from '../../nn/layers.ts';
import { attentionBiases, strided } from '../../nn/resample.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { efficientFormerAttention, HEADS } from './attention.ts';
import { type EfficientFormerConfig, efficientFormerSchema, efficientFormerVariants } from './config.ts';

/**
 * EfficientFormer (Li et al., NeurIPS 2022, arXiv 2206.01191), as timm's efficientformer.py: blocks that average neighbours on the
 * grid (4-D), then attention over tokens in the last blocks (3-D). timm fixes the input at 224 pixels (7×7 tokens); here the table
 * of attention biases has the size of the grid, ⌈H/32⌉×⌈W/32⌉, so any input is possible.
 */
export const efficientFormer: Family<typeof efficientFormerSchema> = {
  name: 'efficientformer',
  schema: efficientFormerSchema,
  variants: efficientFormerVariants,
  defaultSize: 224,
  resize: { attention_biases: attentionBiases(strided(32)) },
  blocks: /^stages\.\d+\.blocks\.\d+/,
  picture: ({ widths, depths, attentionBlocks: a }) =>
    depths.map((d, i) => `${i < 3 ? '▣'.repeat(d) : '▣'.repeat(d - a) + '◈'.repeat(a)} ${widths[i]}`).join(' │ '),
  build,
  head,
};

function build(s: Scope, image: Value, config: EfficientFormerConfig, options: { dropPath: number }): Body {
  const { widths, depths, attentionBlocks } = config;
  check(
    widths.length === 4 && depths.length === 4,
    `EfficientFormer has four stages: give four widths and four depths, got [${widths}] and [${depths}]`,
  );
  check(
    attentionBlocks >= 1 && attentionBlocks <= depths[3]!,
    `of the last stage's ${depths[3]} blocks 1 to ${depths[3]} can be attention blocks, got ${attentionBlocks}`,
  );
  const total = depths.reduce((a, b) => a + b, 0);
  let block = 0;
  const nextDropPath = () => (options.dropPath * block++) / Math.max(1, total - 1);
  const stages: StageMark[] = [];
  const keep = (value: Value, i: number) => stages.push({ name: `stages.${i}`, value, level: 4 * 2 ** i });

  let x = s.in('stem', (stem) => stemOf(stem, image, widths[0]!));
  let tokens = x;
  depths.forEach((depth, i) => {
    const from = i === 3 ? depth - attentionBlocks : depth;
    s.in(`stages.${i}`, (stage) => {
      if (i > 0) x = stage.in('downsample', (d) => convThenNorm(d, x, widths[i]!, 'conv', 'norm'));
      for (let j = 0; j < from; j++) x = stage.in(`blocks.${j}`, (b) => poolingBlock(b, x, config, nextDropPath()));
      if (i < 3) return;
      const grid = [fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')] as const;
      tokens = toTokens(x);
      // timm counts the change to tokens as a block of its own, without parameters.
      for (let j = from + 1; j <= depth; j++) {
        tokens = stage.in(`blocks.${j}`, (b) => attentionBlock(b, tokens, grid, config, nextDropPath()));
      }
      x = toGrid(tokens, ...grid);
    });
    keep(x, i);
  });

  return { stages, end: tokens };
}

function head(s: Scope, { end }: Body, _: EfficientFormerConfig, options: HeadOptions): Head {
  const pooled = meanOf(s.in('norm', (n) => layerNorm(n, end, { epsilon: 1e-5 })));
  return { pooled, logits: twoHeads(s, pooled, options) };
}

/** Two 3×3 convolutions of stride 2: [N, channels, H, W] → [N, width, ⌈H/4⌉, ⌈W/4⌉]. */
function stemOf(s: Scope, image: Value, width: number): Value {
  const half = relu(convThenNorm(s, image, Math.floor(width / 2), 'conv1', 'norm1'));
  return relu(convThenNorm(s, half, width, 'conv2', 'norm2'));
}

function convThenNorm(s: Scope, x: Value, width: number, conv: string, norm: string, kernel = 3): Value {
  const y = s.in(conv, (c) => torchConv(c, x, width, { kernel, stride: kernel === 3 ? 2 : 1 }));
  return s.in(norm, (n) => batchNorm(n, y));
}

/** 4-D block on the grid [N, C, H, W]: what a 3×3 mean adds to a pixel, then an MLP of 1×1 convolutions. */
function poolingBlock(s: Scope, x: Value, config: EfficientFormerConfig, dropPath: number): Value {
  const { mlpRatio, layerScale: initial } = config;
  const c = fixed(x.type.shape[1], 'the number of channels');
  const residual = (name: string, to: Value, branch: Value) => {
    const scaled = s.in(name, (l) => layerScale(l, branch, initial, 'grid'));
    return add(to, dropout(scaled, dropPath, 'path'));
  };
  const mean = apply1('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 0 });
  const middle = residual('ls1', x, sub(mean, x));
  const thought = s.in('mlp', (m) => {
    const hidden = gelu(convThenNorm(m, middle, Math.floor(c * mlpRatio), 'fc1', 'norm1', 1));
    return convThenNorm(m, hidden, c, 'fc2', 'norm2', 1);
  });
  return residual('ls2', middle, thought);
}

/** 3-D block over tokens [N, H·W, C]. */
function attentionBlock(
  s: Scope,
  tokens: Value,
  grid: readonly [number, number],
  config: EfficientFormerConfig,
  dropPath: number,
): Value {
  const { mlpRatio, layerScale: initial, mixer: kind } = config;
  const own: TokenMixer = kind === 'mha' ? efficientFormerAttention(grid) : mixer(kind, { heads: HEADS, grid });
  return transformerBlock(s, tokens, {
    mixer: own,
    mixerName: 'token_mixer',
    mlpRatio,
    epsilon: 1e-5,
    layerScale: initial,
    dropPath,
  });
}
