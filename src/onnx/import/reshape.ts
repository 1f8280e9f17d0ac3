import { check } from '../../base/errors.ts';
import { ints } from '../../graph/build.ts';
import { type Dim, divDim, mulDim, opaque, productOf, sameShape } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { type Call, make1 } from './call.ts';
import { productBefore, type Symbols } from './symbols.ts';

/** Reshaping where the batch is a symbol. */

/** `x` in the shape `to`, said with a constant where that can be, else computed from the inputs' sizes. */
export function reshapeTo(c: Call, x: Value, to: readonly Dim[]): Value {
  const from = x.type.shape;
  if (sameShape(from, to)) return x;
  if (to.includes(0)) return make1(c, 'Reshape', [x, vectorOf(c, to)], { allowzero: 1 });
  const target = constantTarget(from, to);
  return make1(c, 'Reshape', [x, target ? ints(target) : vectorOf(c, to)]);
}

/** The sizes as a vector; throws where a run could not compute them. */
export function vectorOf(c: Call, dims: readonly Dim[]): Value {
  const vector = c.symbols.vector(dims, c.make);
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

/**
 * The target of a model that was exported with one image, for a batch: the dimension that stands where the batch stands in the
 * input is multiplied by it. Throws where there is none.
 */
export function forBatch(from: readonly Dim[], target: readonly Dim[], s: Symbols): readonly Dim[] {
  const axis = from.findIndex((d) => s.isBatch(d));
  if (axis < 0 || target.some((d) => s.isBatch(d))) return target;
  const before = productBefore(from, axis);
  const place = target.findIndex((d, j) => d === -1 || productBefore(target, j) === before);
  const known = place >= 0 && productBefore(target, place) === before;
  check(known, () => `[${from}] to [${target}] mixes the images of a batch`);
  if (target[place] === -1) return target;
  return target.map((d, j) => (j === place ? mulDim(d, s.batch!) : d));
}
