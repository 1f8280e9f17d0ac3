import { NEVER } from '../policy/policy.ts';
import { type ExitTable, exitOf } from './table.ts';

/** The images of each exit but the last, the surest first; those that must stay are left out. */
export type Orders = readonly Uint32Array[];

export function ordersOf({ confidence, exits, images }: ExitTable): Orders {
  const all = Uint32Array.from({ length: images }, (_, i) => i);
  return confidence
    .slice(0, exits - 1)
    .map((c) => all.filter((i) => c[i]! >= 0).sort((a, b) => c[b]! - c[a]! || a - b));
}

/** Sweeps over the exits. Two or three settle it. */
const MOST_SWEEPS = 4;
/** With fewer images than this a curve would fit their noise. */
const LEAST_IMAGES = 8;

/**
 * Thresholds for a price: they aim at as many right answers, less `price` · cost, as can be had. Optimal stopping by backward
 * induction with regression (after Longstaff & Schwartz 2001): from the last threshold to the first, for the images that come to
 * this exit, what each gains by leaving here rather than where it would leave later is known; the gain is smoothed by a parabola
 * over the images in order of confidence, and all leave up to where its sum is largest. The sweep is repeated as the thresholds
 * before decide who comes.
 */
export function stoppingThresholds(
  table: ExitTable,
  orders: Orders,
  costs: readonly number[],
  price: number,
): number[] {
  const thresholds = Array.from({ length: table.exits - 1 }, () => NEVER);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = false;
    for (let k = table.exits - 2; k >= 0; k--) {
      const coming = orders[k]!.filter((i) => exitOf(table, thresholds, i) >= k);
      if (coming.length < LEAST_IMAGES) continue;
      const gain = Float64Array.from(coming, (i) => {
        const later = exitOf(table, thresholds, i, k + 1);
        return table.correct[k]![i]! - table.correct[later]![i]! + price * (costs[later]! - costs[k]!);
      });
      const best = bestPrefix(table.confidence[k]!, coming, parabola(gain));
      moved ||= best !== thresholds[k];
      thresholds[k] = best;
    }
    if (!moved) break;
  }
  return thresholds;
}

/** The threshold behind the prefix with the largest sum; equally sure images leave together. */
function bestPrefix(confidence: Float32Array, order: Uint32Array, gain: Float64Array): number {
  let [sum, best, threshold] = [0, 0, NEVER];
  order.forEach((i, r) => {
    sum += gain[r]!;
    const next = order[r + 1];
    const low = next === undefined ? 0 : confidence[next]!;
    if (sum > best && (next === undefined || low < confidence[i]!)) {
      best = sum;
      threshold = between(confidence[i]!, low);
    }
  });
  return threshold;
}

/** Half-way between two neighbours in float32, where there is something between; never as low as the lower one. */
export function between(high: number, low: number): number {
  const middle = Math.fround((high + low) / 2);
  return middle > low ? middle : high;
}

/** Least squares: the values of the parabola nearest to `y` at evenly spaced places. */
export function parabola(y: Float64Array): Float64Array {
  const n = y.length;
  const x = (i: number) => (2 * i + 1) / n - 1;
  // Legendre's polynomials, made orthogonal on these places.
  let [square, mean, slope] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    square += x(i) ** 2 / n;
    mean += y[i]! / n;
    slope += y[i]! * x(i);
  }
  slope /= square * n;
  let [bend, size] = [0, 0];
  for (let i = 0; i < n; i++) {
    const q = x(i) ** 2 - square;
    bend += y[i]! * q;
    size += q * q;
  }
  bend = size > 0 ? bend / size : 0;
  return y.map((_, i) => mean + slope * x(i) + bend * (x(i) ** 2 - square));
}
