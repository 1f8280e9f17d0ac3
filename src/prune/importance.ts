import type { Tensor } from '../base/tensor.ts';
import { sizeOf } from '../base/tensor.ts';
import type { Channels, Group, Place } from '../graph/channels.ts';
import { nameOf } from '../graph/graph.ts';

type Weights = ReadonlyMap<string, Tensor>;

/**
 * How a channel's worth is told: by the size of its numbers; by those of the normalisation behind it alone (Liu et al. 2017); by how much the
 * loss would change without it, to first order (Molchanov et al. 2019, arXiv 1906.10771); or by the same as far as gradients of adapters beside
 * its layers tell it (see `adapterProducts`).
 */
export const criteria = ['magnitude', 'scale', 'taylor', 'adapters'] as const;
export type Criterion = (typeof criteria)[number];

/** Whether pictures are needed to tell a channel's worth, for gradients; else the network alone is enough. */
export const needsGradients = (criterion: Criterion): boolean => criterion === 'taylor' || criterion === 'adapters';

/** What channels are judged by. */
export interface Evidence {
  readonly criterion: Criterion;
  readonly weights: Weights;
  /** Where gradients tell it: of some batches, each parameter times its gradient, summed (see `summed`). */
  readonly products?: readonly Summed[];
}

/** Of each parameter by name the sums over everything but one dimension, for each of its dimensions: all that channels are judged by. */
export type Summed = ReadonlyMap<string, readonly Float64Array[]>;

/** What {@link Evidence} keeps of a batch: for each dimension one number an index, where the parameters themselves would fill the memory. */
export const summed = (products: Iterable<readonly [string, Tensor<'float32'>]>): Summed =>
  new Map([...products].map(([name, t]) => [name, t.shape.map((_, dim) => sumsAlong(t, dim, (v) => v))]));

/**
 * What each index of a group of channels is worth, over the mean of the group, so that groups of all sizes can be compared: the norm of all
 * numbers that would go with it, in every parameter of the group; where gradients tell it, what the loss would change, root mean square over batches. Undefined
 * where no parameter speaks of it.
 */
export function importanceOf(group: Group, channels: Channels, evidence: Evidence): Float64Array | undefined {
  const { criterion, weights, products = [] } = evidence;
  if (!needsGradients(criterion)) {
    const squares = gathered(group, channels, (place) => {
      const t = numbersAt(place, weights, criterion);
      return t && sumsAlong(t, place.dim, (v) => v * v);
    });
    return squares && overMean(squares);
  }
  const total = new Float64Array(group.size);
  for (const batch of products) {
    const changes = gathered(group, channels, (place) => learnedAt(place, batch));
    if (!changes) return undefined;
    changes.forEach((v, i) => {
      total[i]! += v * v;
    });
  }
  return overMean(total);
}

function overMean(squares: Float64Array): Float64Array {
  const norms = squares.map(Math.sqrt);
  const mean = norms.reduce((a, b) => a + b, 0) / norms.length || 1;
  return norms.map((v) => v / mean);
}

/** Sums over all numbers that would go with each index; undefined where no parameter of the group has any. */
function gathered(
  group: Group,
  channels: Channels,
  sumsAt: (place: Place) => Float64Array | undefined,
): Float64Array | undefined {
  const sums = new Float64Array(group.size);
  let told = false;
  for (const place of group.places) {
    const along = sumsAt(place);
    if (!along) continue;
    told = true;
    // A dimension that is the group itself; others hold it among others, or several times.
    if (along.length === group.size) {
      for (let i = 0; i < group.size; i++) sums[i]! += along[i]!;
      continue;
    }
    for (let i = 0; i < group.size; i++) {
      const kept = channels.kept(place, new Map([[group, new Set([i])]]));
      kept.forEach((stays, at) => {
        if (!stays) sums[i]! += along[at]!;
      });
    }
  }
  return told ? sums : undefined;
}

/** A parameter's sums of a batch, where it has any. */
const learnedAt = ({ value, dim }: Place, batch: Summed): Float64Array | undefined =>
  value.origin.kind === 'param' ? batch.get(nameOf(value)!)?.[dim] : undefined;

function numbersAt({ value }: Place, weights: Weights, criterion: Criterion): Tensor | undefined {
  if (value.origin.kind !== 'param') return undefined;
  const t = weights.get(nameOf(value)!);
  if (t?.dtype !== 'float32') return undefined;
  if (criterion === 'magnitude') return value.origin.role === 'statistic' ? undefined : t;
  // Scales of normalisations are the trainable vectors that begin at one.
  const { init, role } = value.origin;
  return role === 'trainable' && t.shape.length === 1 && init.kind === 'constant' && init.value === 1 ? t : undefined;
}

/** Sums over everything but one dimension. */
function sumsAlong(t: Tensor, dim: number, of: (v: number) => number): Float64Array {
  const size = t.shape[dim]!;
  const inner = sizeOf(t.shape.slice(dim + 1));
  const out = new Float64Array(size);
  (t.data as Float32Array).forEach((v, at) => {
    out[Math.floor(at / inner) % size]! += of(v);
  });
  return out;
}
