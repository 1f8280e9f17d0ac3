import { check } from '../../base/errors.ts';
import { toNumbers } from '../../base/tensor.ts';
import type { Axis } from '../axes.ts';
import type { ChannelContext } from '../channel-context.ts';
import { type Dim, isCounted } from '../dim.ts';
import type { InferContext } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import { constantOf, type TensorType } from '../value.ts';
import type { OpName } from './signatures.ts';

/** What is known of an operator’s inputs and outputs when the graph is built. */

/** The integers of a constant input, or undefined when it is absent. */
export function integers(c: InferContext, i: number, what: string): number[] | undefined {
  const value = c.inputs[i];
  if (!value) return undefined;
  const known = shapeValue(value);
  check(
    known?.every((d) => typeof d === 'number'),
    `${what} must be known when the graph is built`,
  );
  return known as number[];
}

/** The same, where an element may hang on how many there are of something that is counted when the graph runs. */
export function integersOrCounted(c: InferContext, i: number, what: string): Dim[] {
  const known = shapeValue(c.inputs[i]);
  check(
    known?.every((d) => typeof d === 'number' || isCounted(d)),
    `${what} must be known when the graph is built`,
  );
  return known as Dim[];
}

/** A shape given as an input; dimensions may be symbols. */
export function shapeInput(c: InferContext, i: number): Dim[] {
  const known = shapeValue(c.inputs[i]);
  check(known, 'the shape depends on data; it must be known when the graph is built');
  return known;
}

/** One output of the first input’s type and another shape. */
export const typed = (c: InferContext, shape: readonly Dim[]): TensorType[] => [{ dtype: c.type(0).dtype, shape }];

/** A context with the types alone. */
export const hostless = <K extends OpName>({ node, attrs }: ChannelContext<K>): InferContext<K> => ({
  inputs: node.inputs,
  attrs,
  type: (i) => node.inputs[i]!.type,
});

/** A target that is a constant says the new sizes; a 0 or −1 in it stands for a symbol still. */
export function resizedTarget(c: ChannelContext<'Reshape' | 'Expand'>, out: readonly Axis[]): void {
  const target = constantOf(c.node.inputs[1]);
  if (!target) return;
  const old = toNumbers(target);
  c.resized((size) => ({ inputs: { 1: out.map((a, i) => (a.size === undefined ? old[i]! : size(a))) } }));
}
