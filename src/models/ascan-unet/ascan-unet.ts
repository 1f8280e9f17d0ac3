import { check } from '../../base/errors.ts';
import { conditionedConv, conditionedTransformer, type Reading } from '../../blocks/conditioned.ts';
import { headsOf, mixer } from '../../blocks/mixer.ts';
import { pixelShuffle, pixelUnshuffle } from '../../blocks/pixel-shuffle.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import { add, concat, mul, reshape, silu, split } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, type Value } from '../../graph/value.ts';
import { zeros } from '../../nn/init.ts';
import { conv2d, groupNorm, linear, toGrid, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import { condition, readingOf } from '../denoiser/condition.ts';
import type { DenoiserFamily, Given, Place } from '../denoiser/denoiser.ts';
import { gridPositions } from '../denoiser/positions.ts';
import { type AscanUnetConfig, ascanUnetSchema, ascanUnetVariants } from './config.ts';

/**
 * AsCAN's generator (Kag et al., NeurIPS 2024, arXiv 2411.04967): a UNet whose way up mirrors its way down, of C and T blocks that are
 * told time and class, or a caption, which T blocks read. The paper says that much; blocks, widths and layout are our reconstruction (papers/ascan.md §5).
 */
export const ascanUnet: DenoiserFamily<typeof ascanUnetSchema> = {
  name: 'ascan-unet',
  schema: ascanUnetSchema,
  variants: ascanUnetVariants,
  blocks: /^(down|up)\.\d+\.\d+|^mid\.\d+/,
  ends: /^(in_conv|out_conv|around|fine(_in|_norm|_out)?)\./,
  picture: ({ layout, widths, patch }) => {
    const down = stagesOf(layout).map((stage, i) => `${drawn(stage)} ${widths[i]}`);
    const up = stagesOf(layout).map((stage) => drawn(mirrored(stage)));
    return [...(patch > 1 ? [`${patch}×${patch}`] : []), ...down, ...up.reverse()].join(' │ ');
  },
  onLatents: { patch: 1 },
  multiple: ({ layout, patch }) => patch * 2 ** (stagesOf(layout).length - 1),
  build,
};

const drawn = (stage: string) => stage.replaceAll('C', '▣').replaceAll('T', '◈');
const mirrored = (stage: string) => [...stage].reverse().join('');

/** The stages of a layout string, checked. */
function stagesOf(layout: string): string[] {
  const stages = layout.split('|').map((s) => s.trim().toUpperCase());
  check(
    stages.every((s) => /^[CT]+$/.test(s)),
    `a layout has stages of C and T, e.g. 'CCC|CCT|CTT'; got '${layout}'`,
  );
  return stages;
}

function build(s: Scope, noisy: Value, given: Given, config: AscanUnetConfig, { classes, channels }: Place): Value {
  const { widths, patch, groups } = config;
  const layout = stagesOf(config.layout);
  check(/^[CTct]*$/.test(config.mid), `the blocks in the middle are C and T, e.g. 'T'; got '${config.mid}'`);
  check(widths.length === layout.length, `${layout.length} stages need as many widths, got [${widths}]`);
  const c = condition(s, given, classes, config.condition);
  const told = { c, reading: readingOf(given) };
  const stage = (name: string, x: Value, blocks: string) =>
    s.in(name, (at) => [...blocks].reduce((y, kind, j) => at.in(j, (b) => block(b, y, kind, told, config)), x));
  let x = withPositions(s.in('in_conv', (i) => conv2d(i, pixelUnshuffle(noisy, patch), widths[0]!, { bias: true })));
  const maps: Value[] = [];
  layout.forEach((blocks, i) => {
    if (i > 0) x = s.in(`downsample.${i}`, (d) => conv2d(d, x, widths[i]!, { stride: 2, bias: true }));
    x = stage(`down.${i}`, x, blocks);
    maps.push(x);
  });
  x = stage('mid', x, config.mid.toUpperCase());
  for (let i = layout.length - 1; i >= 0; i--) {
    const mirror = maps[i]!;
    if (mirror !== x) {
      const joined = concat([enlarged(s, x, mirror, i), mirror], 1);
      x = s.in(`skip.${i}`, (k) => conv2d(k, joined, widths[i]!, { kernel: 1, bias: true }));
    }
    x = stage(`up.${i}`, x, mirrored(layout[i]!));
  }
  const last = silu(s.in('out_norm', (n) => groupNorm(n, x, groups)));
  if (config.fine > 0 && patch > 1) return fine(s, noisy, last, c, config, channels);
  const own = s.in('out_conv', (o) => conv2d(o, last, channels * patch ** 2, { bias: true, init: zeros }));
  return add(pixelShuffle(own, patch), around(s, noisy, c));
}

/**
 * A C block on single pixels: what the network has found of each cell, beside the pixels as they came. A cell's numbers that do not fit through the first stage need not, and
 * grain is told from what is fine in a picture by the pixels around. Ours.
 */
function fine(s: Scope, noisy: Value, cells: Value, c: Value, config: AscanUnetConfig, channels: number): Value {
  const { fine: width, patch, groups } = config;
  const coarse = s.in('out_conv', (o) => conv2d(o, cells, width * patch ** 2, { kernel: 1, bias: true }));
  const own = s.in('fine_in', (i) => conv2d(i, noisy, width, { bias: true }));
  const x = s.in('fine', (f) => conditionedConv(f, add(own, pixelShuffle(coarse, patch)), c, { expand: 1, groups }));
  const last = silu(s.in('fine_norm', (n) => groupNorm(n, x, groups)));
  return s.in('fine_out', (o) => conv2d(o, last, channels, { bias: true, init: zeros }));
}

/**
 * The noisy picture itself and the means around each of its pixels, each channel weighed by time and class: most of every answer is noise that stands in the
 * picture, more of it in what is fine, and that need not go through the network (Karras et al. 2022 weigh it by time, their c_skip; here it is learned, for
 * two bands). Ours. In cells of 2 × 2 pixels the loss on steel after four epochs is 0.15 with it and 1.09 without. A block on single pixels is such a way already.
 */
function around(s: Scope, noisy: Value, c: Value): Value {
  const [n, channels] = noisy.type.shape;
  const width = fixed(channels, 'the channels');
  const weights = s.in('around', (a) => linear(a, silu(c), 2 * width, { init: zeros }));
  const [all, coarse] = split(reshape(weights, [n!, 2 * width, 1, 1]), [width, width], 1);
  return add(mul(noisy, all!), mul(smooth(noisy), coarse!));
}

/** Means of the 3 × 3 pixels around each, of those that are there. */
const smooth = (x: Value) => apply1('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] });

/** What every block is told, and what T blocks read. */
interface Told {
  readonly c: Value;
  readonly reading: Reading | undefined;
}

function block(s: Scope, x: Value, kind: string, { c, reading }: Told, config: AscanUnetConfig): Value {
  const { expand, groups, headDim, mlpRatio } = config;
  if (kind === 'C') return conditionedConv(s, x, c, { expand, groups });
  const tokens = toTokens(x);
  const [height, width] = gridOf(x);
  const heads = headsOf(tokens, headDim);
  const mix = mixer('mha', { heads, grid: [height, width] });
  const reads = reading && { ...reading, heads };
  return toGrid(conditionedTransformer(s, tokens, c, { mixer: mix, mlpRatio, ...(reads && { reads }) }), height, width);
}

const gridOf = (x: Value): [number, number] => [
  fixed(x.type.shape[2], 'the height'),
  fixed(x.type.shape[3], 'the width'),
];

/** Twice as large, and as wide as the map it is joined to; the lowest stage stays as it is. */
function enlarged(s: Scope, x: Value, like: Value, i: number): Value {
  if (gridOf(x).join() === gridOf(like).join()) return x;
  const larger = resizeTo(x, gridOf(like), 'nearest');
  return s.in(`upsample.${i}`, (u) => conv2d(u, larger, fixed(like.type.shape[1], 'the channels'), { bias: true }));
}

/** Fixed positions on a grid. */
function withPositions(x: Value): Value {
  const [height, width] = gridOf(x);
  const table = gridPositions([height, width], fixed(x.type.shape[1], 'the channels'));
  return add(x, toGrid(constant(table), height, width));
}
