import type { Tensor } from '../base/tensor.ts';
import { sizeOf } from '../base/tensor.ts';
import type { Channels, Group, Place } from '../graph/channels.ts';
import { nameOf } from '../graph/graph.ts';

type Weights = ReadonlyMap<string, Tensor>;

/** How a channel's worth is told: by the size of its numbers, or by those of the normalisation behind it alone (Liu et al. 2017). */
export const criteria = ['magnitude', 'scale'] as const;
export type Criterion = (typeof criteria)[number];

/**
 * What each index of a group of channels is worth: the norm of all numbers that would go with it, in every parameter of the group, over
 * the mean of the group, so that groups of all sizes can be compared. Undefined where no parameter speaks of it.
 */
export function importanceOf(
  group: Group,
  channels: Channels,
  weights: Weights,
  criterion: Criterion,
): Float64Array | undefined {
  const sums = new Float64Array(group.size);
  let told = false;
  for (const place of group.places) {
    const t = numbersAt(place, weights, criterion);
    if (!t) continue;
    told = true;
    const squares = squaresAlong(t, place.dim);
    // A dimension that is the group itself; others hold it among others, or several times.
    if (squares.length === group.size) {
      for (let i = 0; i < group.size; i++) sums[i]! += squares[i]!;
      continue;
    }
    for (let i = 0; i < group.size; i++) {
      const kept = channels.kept(place, new Map([[group, new Set([i])]]));
      kept.forEach((stays, at) => {
        if (!stays) sums[i]! += squares[at]!;
      });
    }
  }
  if (!told) return undefined;
  const norms = sums.map(Math.sqrt);
  const mean = norms.reduce((a, b) => a + b, 0) / norms.length || 1;
  return norms.map((v) => v / mean);
}

function numbersAt({ value }: Place, weights: Weights, criterion: Criterion): Tensor | undefined {
  if (value.origin.kind !== 'param') return undefined;
  const t = weights.get(nameOf(value)!);
  if (t?.dtype !== 'float32') return undefined;
  if (criterion === 'magnitude') return value.origin.role === 'statistic' ? undefined : t;
  // Scales of normalisations are the trainable vectors that begin at one.
  const { init, role } = value.origin;
  return role === 'trainable' && t.shape.length === 1 && init.kind === 'constant' && init.value === 1 ? t : undefined;
}

/** Sums of squares over everything but one dimension. */
function squaresAlong(t: Tensor, dim: number): Float64Array {
  const size = t.shape[dim]!;
  const inner = sizeOf(t.shape.slice(dim + 1));
  const out = new Float64Array(size);
  (t.data as Float32Array).forEach((v, at) => {
    out[Math.floor(at / inner) % size]! += v * v;
  });
  return out;
}
