import { toNumbers } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import type { Dim, Element } from './dim.ts';
import { opOf } from './op.ts';
import { constantOf, type Node, type Value } from './value.ts';

/**
 * What is known of an integer vector (or scalar) that says a shape: constants, `Shape` nodes and the arithmetic that
 * exporters put around them. Undefined when an element depends on data. A symbol stands for a size: a positive integer.
 */
export function shapeValue(value: Value | undefined): Dim[] | undefined {
  const elements = elementsOf(value);
  return elements && whole(elements);
}

const whole = (elements: readonly Element[]): Dim[] | undefined =>
  elements.every((d) => d !== undefined) ? (elements as Dim[]) : undefined;

/**
 * The same, element by element: where the batch is open, arithmetic over a whole shape still tells what becomes of height and width.
 */
function elementsOf(value: Value | undefined): Element[] | undefined {
  if (!value) return undefined;
  const tensor = constantOf(value);
  if (tensor) return tensor.shape.length <= 1 ? toNumbers(tensor) : undefined;
  if (value.origin.kind !== 'node' || value.type.shape.length > 1) return undefined;
  // A value never changes, and exporters use one shape many times.
  if (!known.has(value)) known.set(value, told(computed(value.origin.node, value.origin.index)));
  return known.get(value);
}

const known = new WeakMap<Value, Element[] | undefined>();

/** Sums of sums of symbols soon become texts that nobody can use. */
const LONGEST_TEXT = 256;
const told = (dims: Element[] | undefined) =>
  dims?.map((d) => (typeof d === 'string' && d.length > LONGEST_TEXT ? undefined : d));

function computed(node: Node, index: number): Element[] | undefined {
  const type = node.outputs[index]!.type;
  return opOf(node.op).dims?.({ node, attrs: attrsOf(node), index, type, input: (i) => elementsOf(node.inputs[i]) });
}
