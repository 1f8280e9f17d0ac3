import { check } from '../../base/errors.ts';
import { ints } from '../../graph/build.ts';
import { type Dim, divDim, mulDim, opaque, productOf, sameShape } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { type Call, make1 } from './call.ts';
import type { Symbols } from './symbols.ts';

/** Reshaping where the batch is a symbol. */

/** `x` in the shape `to`, said with a constant where that can be, else computed from the inputs' sizes, else with `own`. */
export function reshapeTo(c: Call, x: Value, to: readonly Dim[], own?: Value): Value {
  const from = x.type.shape;
  if (sameShape(from, to)) return x;
  if (to.includes(0)) return make1(c, 'Reshape', [x, vectorOf(c, to)], { allowzero: 1 });
  const target = constantTarget(from, to);
  return make1(c, 'Reshape', [x, target ? ints(target) : vectorOf(c, to, own)]);
}

/** The sizes as a vector; throws where a run could not compute them. */
export function vectorOf(c: Call, dims: readonly Dim[], own?: Value): Value {
  const vector = c.symbols.vector(dims, c.make) ?? own;
  check(vector, () => `the shape [${dims}] cannot be computed from the sizes of the inputs`);
  return vector;
}

/** A target of numbers that means `to` for every number the symbols may have: 0 keeps a dimension, -1 is what remains. */
function constantTarget(from: readonly Dim[], to: readonly Dim[]): number[] | undefined {
  const open = to.findIndex((d, i) => typeof d === 'string' && d !== from[i]);
  if (to.some((d, i) => typeof d === 'string' && d !== from[i] && i !== open)) return undefined;
  if (open >= 0) {
    const rest = productOf(to.filter((_, i) => i !== open));
    if (divDim(productOf(from), rest) !== to[open]) return undefined;
  } else if (productOf(from) !== productOf(to)) return undefined;
  return to.map((d, i) => (typeof d === 'number' ? d : i === open ? -1 : 0));
}

/** The target of a reshape with its zeros (the input's dimension) put in. */
export function withoutZeros(from: readonly Dim[], target: readonly Dim[]): Dim[] {
  return target.map((d, i) => {
    if (d !== 0) return d;
    check(i < from.length, () => `a 0 in the target [${target}] copies a dimension that [${from}] does not have`);
    return from[i]!;
  });
}

/** The target with its -1 put in. */
export function withoutOpen(from: readonly Dim[], target: readonly Dim[]): Dim[] {
  const open = target.indexOf(-1);
  if (open < 0) return [...target];
  const total = productOf(from);
  const rest = productOf(target.filter((_, i) => i !== open));
  const missing = divDim(total, rest);
  check(missing !== undefined || typeof total === 'string', () => `cannot reshape [${from}] to [${target}]`);
  return target.map((d, i) => (i === open ? (missing ?? opaque(`${total}/${rest}`)) : d));
}

/** A shape, and how many positions come before the batch on the axis that it is on. */
export interface Placed {
  readonly dims: readonly Dim[];
  readonly before: number;
}

/**
 * The target of a model that was exported with one image, for a batch: the dimension that holds the place of the batch is
 * multiplied by it. Throws where there is none.
 */
export function forBatch(x: Value, target: readonly Dim[], s: Symbols): Placed {
  const place = s.batchPlace(x);
  if (!place || target.some((d) => s.isBatch(d))) return { dims: target, before: 1 };
  const open = target.indexOf(-1);
  const all = divDim(productOf(x.type.shape), s.batch!) ?? 1;
  const numbers = target.map((d, i) => (i === open ? divDim(all, productOf(target.filter((_, j) => j !== open))) : d));
  const candidates = numbers.flatMap((d, j): { j: number; before: number }[] => {
    const before = divDim(place.before, productOf(numbers.slice(0, j).map((n) => n ?? 0)));
    const after = d !== undefined && before !== undefined ? divDim(d, before) : undefined;
    const fits =
      after !== undefined && mulDim(after, productOf(numbers.slice(j + 1).map((n) => n ?? 0))) === place.after;
    return fits && typeof before === 'number' ? [{ j, before }] : [];
  });
  // A dimension of one is the batch's own. Otherwise it comes first on its axis, but it is not put among the features (the last).
  const last = numbers.length - 1;
  const best =
    candidates.find(({ j }) => numbers[j] === 1) ??
    candidates.find(({ j, before }) => before === 1 && (j < last || last === 0)) ??
    candidates[0];
  check(best, () => `[${x.type.shape}] to [${target}] mixes the images of a batch`);
  return { dims: numbers.map((d, j) => (j === best.j ? mulDim(d!, s.batch!) : d!)), before: best.before };
}
