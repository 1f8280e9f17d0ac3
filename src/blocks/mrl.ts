import { check } from '../base/errors.ts';
import { f32 } from '../base/tensor.ts';
import { add, conv, matmulT, reshape, slice, softmax } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { apply1 } from '../graph/op.ts';
import { constant, type Value } from '../graph/value.ts';
import { uniformFanIn } from '../nn/init.ts';
import { batchNorm, linear, toGrid, toTokens } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { p4mConv } from './p4m.ts';

/**
 * MRL, "Learning to Mix with Attention and Convolutions" (Mohta, Suganuma, Tanaka 2022, arXiv 2208.13975), defined as in the
 * authors' code: attention between regions, its result added to every token of the region, then a local convolution.
 */

/** Side of a region where the caller names none. It fixes the shape of parameters, so it does not follow the input's size. */
const DEFAULT_REGION = 2;

export interface MrlOptions {
  readonly heads: number;
  /** [height, width] of the token grid, row-major. */
  readonly grid: readonly [number, number];
  /** Side of a region in tokens; default 2. */
  readonly region?: number;
  /**
   * Channels of one group of the local convolution; they must divide. Default: as many as there are heads, the ratio of MRL-13,
   * MRL-21 and the HoVer-Net encoder.
   */
  readonly localGroup?: number;
  /** One shared basis for q, k and v in place of a linear map for each (the authors' CommonQKV). */
  readonly commonQkv?: boolean;
  /** After the local convolution one over turns and mirrors (p4m.ts), for pictures without up and down; C a multiple of 8. */
  readonly groupConv?: boolean;
}

/**
 * The MRL mixer over tokens [N, H·W, C] → [N, H·W, C], to stand where multi-head attention stands. Parameters: mix_locally, proj,
 * and proj_{q,k,v} with conv_proj_{q,k,v} or, with CommonQKV, basis_set_regional with regional_atten.
 *
 * A grid that is no multiple of the region is padded with zeros at its bottom and right inside the regional step only (how the
 * authors pad is not known: this way is ours), so the last regions just have fewer tokens.
 */
export function mrl(s: Scope, x: Value, options: MrlOptions): Value {
  const { grid, heads, region = DEFAULT_REGION, localGroup = heads, commonQkv = false, groupConv = false } = options;
  const c = checkPlace(x, { grid, heads, region, localGroup });
  const map = toGrid(x, ...grid);
  const [q, k, v] = commonQkv ? commonRegions(s, map, region) : separateRegions(s, x, grid, region);
  const mixed = regionalAttention(q, k, v, heads);
  const injected = add(map, spread(mixed, region, grid));
  const window = { kernel: 3, pads: [1, 1, 1, 1], group: c / localGroup, bias: true };
  const local = s.in('mix_locally', (l) => {
    if (!groupConv) return plainConv(l, injected, window);
    const translated = l.in('translation', (m) => plainConv(m, injected, window));
    return l.in('group', (m) => p4mConv(m, translated));
  });
  return s.in('proj', (p) => linear(p, toTokens(local), c));
}

/** The number of channels, where the mixer fits its place. */
function checkPlace(x: Value, place: Required<Omit<MrlOptions, 'commonQkv' | 'groupConv'>>): number {
  const [height, width] = place.grid;
  const [, tokens, channels] = x.type.shape;
  check(
    tokens === height * width,
    () =>
      `MRL mixes a ${height}×${width} grid of ${height * width} tokens, got ${tokens}: it takes no class token or other extra tokens; use the mean of the tokens instead`,
  );
  const c = fixed(channels, 'the number of channels');
  const { region, heads, localGroup } = place;
  check(Number.isInteger(region) && region >= 1, `the side of a region must be a whole number from 1, got ${region}`);
  check(c % heads === 0, `${c} channels do not divide into ${heads} heads`);
  check(c % localGroup === 0, `${c} channels do not divide into groups of ${localGroup} for the local convolution`);
  return c;
}

type Regions = [q: Value, k: Value, v: Value];

/** Three linear maps of the tokens, each gathered to one vector a region: [N, C, H/region, W/region]. */
function separateRegions(s: Scope, x: Value, grid: readonly [number, number], region: number): Regions {
  const c = fixed(x.type.shape[2], 'the number of channels');
  const gathered = (part: 'q' | 'k' | 'v') => {
    const map = toGrid(
      s.in(`proj_${part}`, (p) => linear(p, x, c)),
      ...grid,
    );
    return s.in(`conv_proj_${part}`, (p) => normalised(p, map, gather(region, grid)));
  };
  return [gathered('q'), gathered('k'), gathered('v')];
}

/** One basis of vectors a region, from which a depthwise 3×3 convolution each makes q, k and v. */
function commonRegions(s: Scope, map: Value, region: number): Regions {
  const grid = [fixed(map.type.shape[2], 'the height'), fixed(map.type.shape[3], 'the width')] as const;
  const basis = s.in('basis_set_regional', (b) => {
    const regions = normalised(b, map, gather(region, grid));
    return b.in('linear_indim', (l) => plainConv(l, regions, { kernel: 1, group: 1, bias: true }));
  });
  const view = (part: 'q' | 'k' | 'v') =>
    s.in('regional_atten', (a) =>
      a.in(`conv_proj_${part}`, (p) => normalised(p, basis, { kernel: 3, pads: [1, 1, 1, 1] })),
    );
  return [view('q'), view('k'), view('v')];
}

interface Window {
  readonly kernel: number;
  readonly stride?: number;
  /** [top, left, bottom, right] */
  readonly pads?: readonly number[];
}

/** The window that takes each region once. */
const gather = (region: number, [height, width]: readonly [number, number]): Window => ({
  kernel: region,
  stride: region,
  pads: [0, 0, missing(height, region), missing(width, region)],
});

/** How many tokens a side lacks to be a multiple of the region. */
const missing = (side: number, region: number) => Math.ceil(side / region) * region - side;

/** Depthwise convolution without bias, then batch normalisation; parameters conv and bn. */
function normalised(s: Scope, map: Value, window: Window): Value {
  const group = fixed(map.type.shape[1], 'the number of channels');
  const y = s.in('conv', (c) => plainConv(c, map, { ...window, group, bias: false }));
  return s.in('bn', (b) => batchNorm(b, y));
}

/**
 * Attention between the vectors of regions, all [N, C, h, w]. The authors scale by the width of the embedding, not of a head. The
 * channels stay before the regions, so that nothing is transposed.
 */
function regionalAttention(q: Value, k: Value, v: Value, heads: number): Value {
  const [n, channels, h, w] = q.type.shape;
  const c = fixed(channels, 'the number of channels');
  const regions = fixed(h, 'the height') * fixed(w, 'the width');
  const split = (x: Value) => reshape(x, [n!, heads, c / heads, regions]);
  const scores = matmulT(split(q), split(k), { transA: true, alpha: c ** -0.5 });
  return reshape(matmulT(split(v), softmax(scores), { transB: true }), [n!, c, h!, w!]);
}

/** Gives every token of the grid its region's vector: [N, C, h, w] → [N, C, H, W]. */
function spread(regions: Value, region: number, [height, width]: readonly [number, number]): Value {
  if (region === 1) return regions;
  const scales = constant(f32([4], [1, 1, region, region]));
  const attrs = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } as const;
  const wide = apply1('Resize', [regions, undefined, scales], attrs);
  const cropped = missing(height, region) + missing(width, region) > 0;
  return cropped ? slice(wide, [2, 3], [0, 0], [height, width]) : wide;
}

/** Convolution that keeps the number of channels, with PyTorch's first values as the authors have them; parameters weight and bias. */
function plainConv(s: Scope, x: Value, options: Window & { group: number; bias: boolean }): Value {
  const { kernel, stride = 1, pads = [0, 0, 0, 0], group, bias } = options;
  const c = fixed(x.type.shape[1], 'the number of channels');
  const shape = [c, c / group, kernel, kernel];
  const init = uniformFanIn(shape);
  const b = bias ? s.param('bias', [c], init) : undefined;
  return conv(x, s.param('weight', shape, init), b, { strides: [stride, stride], pads, group });
}
