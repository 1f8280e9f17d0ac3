import { sizeOf } from '../../base/tensor.ts';
import { add, mul, reciprocal, reduceMean, reshape, sqrt, sub, unbroadcast } from '../build.ts';
import type { CostContext, GradientContext } from '../op.ts';
import { isAll, type Value } from '../value.ts';

/** What normalisations have in common. */

/** A [C] vector that broadcasts over [N, C, …spatial]. */
export const perChannel = (v: Value, rank: number) =>
  reshape(v, [1, v.type.shape[0]!, ...Array.from({ length: rank - 2 }, () => 1)]);
/** 1 / √(variance + epsilon). */
export const inverseStd = (variance: Value, epsilon: number) => reciprocal(sqrt(add(variance, epsilon)));
/** `each` floating-point operations an element of the data. */
export const elementCost = (each: number) => (c: CostContext) => ({ macs: 0, flops: each * sizeOf(c.inputs[0]!) });

/** dL/dx where g = dL/dx̂ and x̂ = (x − mean)·inv over `axes` (without `centred`, RMS normalisation). */
export function normalizedGradient(g: Value, xhat: Value, inv: Value, axes: readonly number[], centred = true): Value {
  const projected = mul(xhat, reduceMean(mul(g, xhat), axes));
  return mul(inv, sub(centred ? sub(g, reduceMean(g, axes)) : g, projected));
}

/** Gradients of y = x̂ · scale + bias from dL/dy; `affine` reshapes a parameter so that it broadcasts. */
export function affineGradients(
  c: GradientContext,
  xhat: Value,
  affine: (v: Value) => Value,
  toInput: (g: Value) => Value,
): (Value | undefined)[] {
  const shaped = (v: Value, i: number) => reshape(unbroadcast(v, affine(c.in(i))), c.in(i).type.shape);
  return [
    c.needs(0) ? toInput(isAll(c.in(1), 1) ? c.dy : mul(c.dy, affine(c.in(1)))) : undefined,
    c.needs(1) ? shaped(mul(c.dy, xhat), 1) : undefined,
    c.inputs[2] && c.needs(2) ? shaped(c.dy, 2) : undefined,
  ];
}
