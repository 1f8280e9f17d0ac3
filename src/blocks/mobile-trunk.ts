import type { Value } from '../graph/value.ts';
import type { Activation } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { convNormAct, depthwiseSeparable, invertedResidual, type MobileStyle } from './inverted-residual.ts';
import { roundChannels } from './round-channels.ts';

/** Equal blocks in a row, before the width multiplier; only the first has the stride. */
export interface MobileBlocks {
  /** Inverted residual (default), depthwise separable, or a lone 1×1 convolution with normalisation and activation. */
  readonly kind?: 'inverted' | 'separable' | 'conv';
  readonly repeat: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly expand: number;
  readonly channels: number;
  readonly seRatio?: number;
  /** Default: the network's. */
  readonly act?: Activation;
}

/** A stage: blocks at one resolution, `blocks.{i}` in the names. */
export type MobileStage = readonly MobileBlocks[];

/** A resolution's last feature map, [N, C, H, W]; `level` is the product of the strides before it. */
export interface MobileFeatures {
  readonly name: string;
  readonly value: Value;
  readonly level: number;
}

/**
 * The trunk of a MobileNet, `blocks.{stage}.{block}`, from the stem's output [N, C, H/2, W/2]: the last map at each of the strides
 * 4, 8, 16 and 32. The drop-path rate grows linearly from 0 and would reach `dropPath` one block after the last, as in timm.
 */
export function mobileTrunk(
  s: Scope,
  stem: Value,
  stages: readonly MobileStage[],
  options: MobileStyle & { width: number; dropPath: number; seGate?: Activation },
): MobileFeatures[] {
  const { width, dropPath, ...style } = options;
  const total = stages.flat().reduce((n, b) => n + b.repeat, 0);
  const features: MobileFeatures[] = [];
  let x = stem;
  let level = 2;
  let done = 0;
  stages.forEach((stage, i) => {
    let j = 0;
    for (const { repeat, kind = 'inverted', ...blocks } of stage) {
      const channels = roundChannels(blocks.channels * width);
      for (let k = 0; k < repeat; k++) {
        const step = j === 0 ? blocks.stride : 1;
        const block = { ...style, ...blocks, channels, stride: step, dropPath: (dropPath * done++) / total };
        x = s.in(`blocks.${i}.${j++}`, (b) => {
          if (kind === 'conv') return convNormAct(b, x, channels, { ...block, names: ['conv', 'bn1'] });
          return kind === 'separable' ? depthwiseSeparable(b, x, block) : invertedResidual(b, x, block);
        });
        level *= step;
      }
    }
    const next = stages[i + 1]?.[0];
    if (level > 2 && (!next || next.stride > 1)) features.push({ name: `blocks.${i}`, value: x, level });
  });
  return features;
}

/**
 * More blocks in each stage: their number times `factor`, rounded up. Where a stage has several kinds, the later ones get their
 * share first, as in timm's EfficientNet builder. `keepEnds` leaves the first and the last stage alone.
 */
export function deepened(stages: readonly MobileStage[], factor: number, keepEnds = false): MobileStage[] {
  return stages.map((stage, i) => {
    if (factor === 1 || (keepEnds && (i === 0 || i === stages.length - 1))) return stage;
    let before = stage.reduce((n, b) => n + b.repeat, 0);
    let after = Math.ceil(before * factor);
    const out: MobileBlocks[] = [];
    for (const b of [...stage].reverse()) {
      const repeat = Math.max(1, roundEven((b.repeat / before) * after));
      before -= b.repeat;
      after -= repeat;
      out.unshift({ ...b, repeat });
    }
    return out;
  });
}

/** To the nearest whole number, halves to the even one (Python's `round`). */
function roundEven(x: number): number {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (low % 2) : Math.round(x);
}

/** One line, e.g. `▣ 16 │ ▣▣ 24`: a mark for each block, and the stage's width. */
export function pictureOf(stages: readonly MobileStage[], width: number): string {
  return stages
    .map((stage) => {
      const count = stage.reduce((n, b) => n + b.repeat, 0);
      return `${'▣'.repeat(count)} ${roundChannels(stage[0]!.channels * width)}`;
    })
    .join(' │ ');
}
