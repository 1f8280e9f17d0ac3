import { check } from '../../base/errors.ts';
import { permutation, random } from '../../base/random.ts';
import type { Policy } from '../policy/policy.ts';
import { type CurvePoint, closest, reaching, within } from './curve.ts';
import { blendedPath, type Path, placeFor, publishedPath, stoppingPath } from './path.ts';
import { publishedBases, publishedShares, thresholdsForShares } from './published.ts';
import { type ExitTable, exitOf, exitTable, meanCost, outcome, subset } from './table.ts';

/** What is asked of a policy: a mean cost that it may have, or an accuracy that it must keep as cheaply as it can. */
export type Goal = { readonly cost: number } | { readonly accuracy: number };

export interface Calibration {
  readonly policy: Policy;
  /** How the thresholds were found. */
  readonly method: Method;
  readonly chosen: CurvePoint;
  /** From the cheapest to the dearest. */
  readonly curve: readonly CurvePoint[];
}

type Method = 'published' | 'stopping' | 'blend';

export interface CalibrateOptions {
  /** The published search as it is, or the better one (see {@link calibrate}); default the better one. */
  readonly search?: 'published' | 'own';
  /** Rules about classes that the policy gets; images that they keep leave at the end. */
  readonly rules?: Omit<Policy, 'thresholds'>;
  readonly seed?: number;
}

const FOLDS = 5;
/** Images that thresholds are chosen on, at least. */
export const LEAST_IMAGES = 20;
const POINTS = 33;

/**
 * Chooses the thresholds of a model's exits from what they said of labelled images that it was not trained on: `logits` of each
 * exit [images, classes], and `costs` of an image that leaves at each exit (MACs or milliseconds).
 *
 * The published search (`published`, §7.2) knows one parameter, 33 values of it, and one fixed form of the shares: it cannot leave
 * out an exit that is of no use, does not know what the exits cost, and meets a budget only roughly. Choosing every threshold
 * freely (`stopping`) can, but follows the noise of few images. Ours therefore takes three paths from cheap to dear: the
 * published one, the free one, and the mean of both (`blend`), which has less noise than either; all three meet a budget
 * exactly. It takes the blend, unless another is better by more than a standard error on images that it has not seen (five
 * folds). The accuracy given is that of the unseen images as well.
 */
export function calibrate(
  logits: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
  costs: readonly number[],
  goal: Goal,
  options: CalibrateOptions = {},
): Calibration {
  const { rules = { always: [], suspicion: 1 }, search = 'own', seed = 0 } = options;
  check(
    labels.length >= LEAST_IMAGES,
    () => `exits are calibrated on at least ${LEAST_IMAGES} images, there are ${labels.length}: use a larger val split`,
  );
  check(
    costs.length === logits.length && costs.every((c, k) => c > 0 && c >= (costs[k - 1] ?? 0)),
    () => `each of ${logits.length} exits costs at least as much as the one before, got ${costs}`,
  );
  const table = exitTable(logits, labels, classes, rules);
  const folds = foldsOf(table, seed);
  const { method, fit } = search === 'published' ? published : ours(table, costs, folds);
  const budgets = budgetsFor(table, costs, goal);
  const found = fit(table, budgets);
  const { accuracy } = crossFit(table, folds, (part) => fit(part, budgets));
  const points = found.map((thresholds, i): CurvePoint => {
    const { counts } = outcome(table, thresholds);
    const shares = counts.map((n) => n / table.images);
    return { thresholds, shares, accuracy: accuracy[i]!, cost: meanCost(counts, costs) };
  });
  const curve = points.sort((a, b) => a.cost - b.cost || a.accuracy - b.accuracy);
  const choose = search === 'published' ? closest : within;
  const chosen = 'cost' in goal ? choose(curve, goal.cost) : reaching(curve, goal.accuracy);
  return { policy: { thresholds: [...chosen.thresholds], ...rules }, method, chosen, curve };
}

/** Thresholds for each budget, from the images of a table. */
type Fit = (table: ExitTable, budgets: readonly number[]) => number[][];
type Search = { readonly method: Method; readonly fit: Fit };

const published: Search = {
  method: 'published',
  fit: (table) => publishedBases.map((base) => thresholdsForShares(table, publishedShares(base, table.exits))),
};

/** The three searches along paths; the first is taken where none is clearly better. */
function searches(costs: readonly number[]): Search[] {
  const known = new Map<ExitTable, Readonly<Record<Method, Path>>>();
  const pathsOf = (table: ExitTable) => {
    const [published, stopping] = [publishedPath(table, costs), stoppingPath(table, costs)];
    return { published, stopping, blend: blendedPath(table, costs, published, stopping) };
  };
  const fit =
    (method: Method): Fit =>
    (table, budgets) => {
      const paths = known.get(table) ?? pathsOf(table);
      known.set(table, paths);
      return budgets.map((most) => paths[method].thresholds(placeFor(paths[method], most)));
    };
  return (['blend', 'stopping', 'published'] as const).map((method) => ({ method, fit: fit(method) }));
}

/** The first search, unless another is better on unseen images by more than the standard error of the difference. */
function ours(table: ExitTable, costs: readonly number[], folds: readonly Fold[]): Search {
  const budgets = spread(costs[0]!, costs.at(-1)!, 9);
  const all = searches(costs);
  const results = all.map(({ fit }) => crossFit(table, folds, (part) => fit(part, budgets)).perImage);
  const base = results[0]!;
  let [best, lead] = [0, 0];
  results.forEach((result, s) => {
    const differences = result.map((v, i) => v - base[i]!);
    const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
    const variance = differences.reduce((a, b) => a + (b - mean) ** 2, 0) / (differences.length - 1);
    if (mean > Math.sqrt(variance / differences.length) && mean > lead) [best, lead] = [s, mean];
  });
  return all[best]!;
}

interface Fold {
  /** Four fifths of the images. */
  readonly fitted: ExitTable;
  /** The others. */
  readonly held: readonly number[];
}

function foldsOf(table: ExitTable, seed: number): Fold[] {
  const order = [...permutation(random(seed, 'exit-folds'), table.images)];
  return Array.from({ length: FOLDS }, (_, f) => ({
    fitted: subset(
      table,
      order.filter((_, i) => i % FOLDS !== f),
    ),
    held: order.filter((_, i) => i % FOLDS === f),
  }));
}

/** Fits on four fifths and counts right answers on the fifth, five times: the accuracy at each point, and each image's mean. */
function crossFit(table: ExitTable, folds: readonly Fold[], fit: (table: ExitTable) => number[][]) {
  const perImage = new Float64Array(table.images);
  let hits: number[] = [];
  for (const { fitted, held } of folds) {
    const all = fit(fitted);
    if (hits.length === 0) hits = all.map(() => 0);
    all.forEach((thresholds, p) => {
      for (const i of held) {
        const right = table.correct[exitOf(table, thresholds, i)]![i]!;
        hits[p]! += right;
        perImage[i]! += right / all.length;
      }
    });
  }
  return { accuracy: hits.map((h) => h / table.images), perImage };
}

const spread = (low: number, high: number, n: number) =>
  Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));

/** Costs from that of the first exit, as far as rules let images leave there, to that of the last; the goal's among them. */
function budgetsFor(table: ExitTable, costs: readonly number[], goal: Goal): number[] {
  const free = Array.from({ length: table.exits - 1 }, () => 0);
  const low = meanCost(outcome(table, free).counts, costs);
  const budgets = spread(low, costs.at(-1)!, POINTS);
  if ('cost' in goal && goal.cost > low && goal.cost < costs.at(-1)!) budgets.push(goal.cost);
  return budgets.sort((a, b) => a - b);
}
