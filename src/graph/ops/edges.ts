import { check } from '../../base/errors.ts';
import { apply1 } from '../op.ts';
import type { Value } from '../value.ts';

/**
 * Masks of ones and zeros for float32 values, as a HardSigmoid so steep that no value lies on its slope: one pass that runtimes
 * do many numbers at a time, where a comparison and Where take two, the latter number by number.
 */

/** 1 where x > edge, else 0. */
export const isAbove = (x: Value, edge: number): Value => step(x, edge, 1);
/** 1 where x < edge, else 0. */
export const isBelow = (x: Value, edge: number): Value => step(x, edge, -1);

function step(x: Value, edge: number, direction: 1 | -1): Value {
  check(Math.fround(edge) === edge, () => `an edge must be a float32, got ${edge}`);
  const steep = steepness(edge);
  return apply1('HardSigmoid', [x], { alpha: direction * steep, beta: -direction * steep * edge });
}

/**
 * A power of two, so that products are exact, by which the float32 next to the edge is at least 1 away from it. Beside 0 there is no next
 * one that a graphics card keeps: what is below 1e-30 counts by its share.
 */
function steepness(edge: number): number {
  return edge === 0 ? 2 ** 100 : 2 ** (24 - Math.floor(Math.log2(Math.abs(edge))));
}
