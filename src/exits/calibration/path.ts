import { check } from '../../base/errors.ts';
import { NEVER } from '../policy/policy.ts';
import { publishedBases, publishedShares, thresholdsForShares } from './published.ts';
import { between, ordersOf, stoppingThresholds } from './stopping.ts';
import { type ExitTable, meanCost, outcome } from './table.ts';

/**
 * Thresholds from the cheapest to the dearest, as levels: a level is the share of all images that are at least so sure. What lies
 * between two neighbours belongs to the path too, so that any budget between can be met.
 */
export interface Path {
  readonly knots: readonly (readonly number[])[];
  /** The thresholds at place `at`, 0 … knots.length − 1. */
  thresholds(at: number): number[];
  /** Mean cost there, on the images that the path was made from. */
  cost(at: number): number;
}

/** The path through the published search's 33 bases. */
export function publishedPath(table: ExitTable, costs: readonly number[]): Path {
  return pathOf(
    table,
    costs,
    publishedBases.map((base) => thresholdsForShares(table, publishedShares(base, table.exits))),
  );
}

/** What a right answer may cost, in shares of the way from the first exit to the last: from next to nothing to more than all. */
const prices: readonly number[] = Array.from({ length: 40 }, (_, i) => 1e-3 * 3000 ** (i / 39));

/** The path through {@link stoppingThresholds} of many prices. */
export function stoppingPath(table: ExitTable, costs: readonly number[]): Path {
  const orders = ordersOf(table);
  const way = costs.at(-1)! - costs[0]!;
  return pathOf(
    table,
    costs,
    prices.map((price) => stoppingThresholds(table, orders, costs, price / way)),
  );
}

const BLEND_KNOTS = 25;

/** The path half-way between two: at each cost the mean of their levels. */
export function blendedPath(table: ExitTable, costs: readonly number[], a: Path, b: Path): Path {
  const [low, high] = [Math.max(a.cost(0), b.cost(0)), costs.at(-1)!];
  const knots = Array.from({ length: BLEND_KNOTS }, (_, i) => {
    const most = low + ((high - low) * i) / (BLEND_KNOTS - 1);
    const [p, q] = [a, b].map((path) => levelsAt(path.knots, placeFor(path, most)));
    return p!.map((v, k) => (v + q![k]!) / 2);
  });
  return pathThrough(table, costs, knots);
}

/** The dearest place that costs no more than `most` on average; the cheapest where all cost more. */
export function placeFor(path: Path, most: number): number {
  const end = path.knots.length - 1;
  // Costs are sums of floats: an equal one must count as equal.
  const limit = most * (1 + 1e-12);
  if (path.cost(end) <= limit) return end;
  let [low, high] = [0, end];
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (path.cost(middle) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function pathOf(table: ExitTable, costs: readonly number[], thresholds: readonly (readonly number[])[]): Path {
  const sorted = sortedConfidences(table);
  return pathThrough(
    table,
    costs,
    thresholds.map((t) => t.map((value, k) => countFrom(sorted[k]!, value) / table.images)),
  );
}

/** A path through these levels in order of cost, from all leaving at the first exit to all going to the end. */
function pathThrough(table: ExitTable, costs: readonly number[], levels: readonly (readonly number[])[]): Path {
  check(table.images > 0, 'thresholds cannot be chosen without images');
  const sorted = sortedConfidences(table);
  const ends = [1, 0].map((level) => Array.from({ length: table.exits - 1 }, () => level));
  const priced = (l: readonly number[]) => meanCost(outcome(table, thresholdsOf(sorted, l)).counts, costs);
  const knots = [...levels, ...ends]
    .map((l) => ({ l, cost: priced(l) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ l }) => l);
  return {
    knots,
    thresholds: (at) => thresholdsOf(sorted, levelsAt(knots, at)),
    cost: (at) => priced(levelsAt(knots, at)),
  };
}

function levelsAt(knots: Path['knots'], at: number): number[] {
  const i = Math.min(Math.floor(at), knots.length - 2);
  const t = at - i;
  return knots[i]!.map((a, k) => (1 - t) * a + t * knots[i + 1]![k]!);
}

/** Confidences of each exit but the last, largest first. */
function sortedConfidences({ confidence, exits }: ExitTable): Float32Array[] {
  return confidence.slice(0, exits - 1).map((c) => c.slice().sort().reverse());
}

/** The thresholds that let these shares of images be sure enough: images that must stay never are, and 0 lets all others go. */
function thresholdsOf(sorted: readonly Float32Array[], levels: readonly number[]): number[] {
  return levels.map((level, k) => {
    const all = sorted[k]!;
    const free = countFrom(all, 0);
    const n = Math.min(Math.round(level * all.length), free);
    if (n === 0) return NEVER;
    return n === free ? 0 : between(all[n - 1]!, all[n]!);
  });
}

/** How many values of a descending array are at least `t`. */
function countFrom(all: Float32Array, t: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]! >= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
