import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { type Graph, nameOf } from '../graph/graph.ts';

/** Weights and inputs by the formula of reference/formula.py, so that a fixture holds only inputs' names and outputs. */

function fnv1a(name: string): number {
  let h = 2166136261;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 16777619) >>> 0;
  return h;
}

/** Element `i` of the unit sequence of `name`, in [-1, 1). */
function unit(h: number, i: number): number {
  let x = (h + Math.imul(i, 2654435761)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
}

export function formulaInput(name: string, shape: readonly number[]): Tensor<'float32'> {
  const h = fnv1a(name);
  const t = f32(shape);
  for (let i = 0; i < t.data.length; i++) t.data[i] = unit(h, i);
  return t;
}

function formulaWeight(name: string, shape: readonly number[]): Tensor<'float32'> {
  const h = fnv1a(name);
  const value = scaleOf(name, shape);
  // A plain loop: there are tens of millions.
  const t = f32(shape);
  for (let i = 0; i < t.data.length; i++) t.data[i] = value(unit(h, i));
  return t;
}

function scaleOf(name: string, shape: readonly number[]): (u: number) => number {
  if (name.endsWith('relative_position_bias_table')) return (u) => 0.5 * u;
  if (shape.length >= 2) return (u) => u * Math.sqrt(3 / sizeOf(shape.slice(1)));
  if (name.endsWith('running_mean') || name.endsWith('.bias')) return (u) => 0.1 * u;
  return name.endsWith('running_var') ? (u) => 1 + 0.5 * u : (u) => 1 + 0.1 * u;
}

/** Formula values for every parameter of a graph. */
export function formulaWeights(g: Graph): Map<string, Tensor<'float32'>> {
  return new Map(g.params.map((p) => [nameOf(p)!, formulaWeight(nameOf(p)!, p.type.shape as number[])]));
}
