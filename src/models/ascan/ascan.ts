import { check } from '../../base/errors.ts';
import { fusedMBConv } from '../../blocks/fused-mbconv.ts';
import { headsOf, mixer, type TokenMixer } from '../../blocks/mixer.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import {
  activations,
  batchNorm,
  conv2d,
  dropout,
  layerNorm,
  linear,
  meanOf,
  toGrid,
  toTokens,
} from '../../nn/layers.ts';
import { relativePositionTable } from '../../nn/resample.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { type AscanConfig, ascanSchema, ascanVariants } from './config.ts';

/**
 * AsCAN: asymmetric convolution–attention networks (Kag et al., NeurIPS 2024, arXiv 2411.04967). Reconstructed from the
 * paper's description: convolution blocks early, plain transformer blocks late, more of them with depth.
 */
export const ascan: Family<typeof ascanSchema> = {
  name: 'ascan',
  schema: ascanSchema,
  variants: ascanVariants,
  defaultSize: 224,
  blocks: /^stages\.\d+\.blocks\.\d+/,
  resize: { relative_position_bias_table: relativePositionTable() },
  picture: ({ layout, widths }) =>
    parseLayout(layout)
      .map((stage, i) => `${stage.replaceAll('C', '▣').replaceAll('T', '◈')} ${widths[i]}`)
      .join(' │ '),
  build,
  head,
};

/** The stages of a layout string, checked. */
function parseLayout(layout: string): string[] {
  const stages = layout.split('|').map((s) => s.trim().toUpperCase());
  check(
    stages.length === 4 && stages.every((s) => /^[CT]+$/.test(s)),
    `a layout has four stages of C and T, e.g. 'CC|CCCT|CCTT|CTTT'; got '${layout}'`,
  );
  return stages;
}

function build(s: Scope, image: Value, config: AscanConfig, options: { dropPath: number }): Body {
  const layout = parseLayout(config.layout);
  check(config.widths.length === layout.length, `${layout.length} stages need as many widths, got [${config.widths}]`);
  const { act, stemAct = act } = config;
  let x = s.in('stem', (stem) => {
    const first = stem.in('conv1', (c) => conv2d(c, image, config.stem, { stride: 2 }));
    const active = activations[stemAct](stem.in('norm1', (c) => batchNorm(c, first)));
    return stem.in('conv2', (c) => conv2d(c, active, config.stem));
  });
  const total = layout.join('').length;
  let depth = 0;
  const stages: StageMark[] = [];
  let tokens: Value | undefined;
  layout.forEach((blocks, i) => {
    const width = config.widths[i]!;
    for (let j = 0; j < blocks.length; j++) {
      const dropPath = total > 1 ? (options.dropPath * depth++) / (total - 1) : 0;
      s.in(`stages.${i}.blocks.${j}`, (b) => {
        const first = j === 0;
        if (blocks[j] === 'C') {
          if (tokens) x = fromTokens(tokens, x);
          tokens = undefined;
          x = fusedMBConv(b, x, { channels: width, stride: first ? 2 : 1, dropPath, ...block(config) });
        } else {
          if (first) x = downsample(b, x, width);
          tokens ??= toTokens(x);
          tokens = transformerBlock(b, tokens, {
            mixer: mixerFor(config, tokens, x),
            mlpRatio: config.mlpRatio,
            dropPath,
          });
        }
      });
    }
    // The grid form of the stage; where the last block is a T it is only computed if somebody reads it.
    const value = tokens ? fromTokens(tokens, x) : x;
    stages.push({ name: `stages.${i}`, value, level: 4 * 2 ** i });
    if (tokens && i + 1 < layout.length) {
      x = value;
      tokens = undefined;
    }
  });
  return { stages, end: tokens ?? x };
}

function head(s: Scope, { end }: Body, _: AscanConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = s.in('norm', (n) => layerNorm(n, meanOf(end)));
  return { pooled, logits: s.in('head.fc', (f) => linear(f, dropout(pooled, dropRate), classes)) };
}

const block = ({ expand, expandFrom, act, seRatio }: AscanConfig) => ({ expand, expandFrom, act, seRatio });

function grid(x: Value): [number, number] {
  return [fixed(x.type.shape[2], 'the height'), fixed(x.type.shape[3], 'the width')];
}

function mixerFor(config: AscanConfig, tokens: Value, x: Value): TokenMixer {
  const { headDim, relPos, mixer: kind } = config;
  return mixer(kind, { heads: headsOf(tokens, headDim), grid: grid(x), relativeBias: relPos });
}

const fromTokens = (tokens: Value, like: Value) => toGrid(tokens, ...grid(like));

/** A stage that begins with T (only the ablation's `convolution-then-attention` has one) halves the grid by a convolution. */
function downsample(s: Scope, x: Value, width: number): Value {
  const y = s.in('downsample.conv', (c) => conv2d(c, x, width, { stride: 2 }));
  return s.in('downsample.norm', (c) => batchNorm(c, y));
}
