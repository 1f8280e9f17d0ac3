import { check } from '../../base/errors.ts';
import { type Tensor, toNumbers } from '../../base/tensor.ts';
import type { Dim } from '../../graph/dim.ts';
import { shapeValue } from '../../graph/shape-value.ts';
import { type Attributes, constantOf, type Value } from '../../graph/value.ts';
import type { NodeAttributes } from './attributes.ts';
import type { Symbols } from './symbols.ts';

/** One node of the file on its way into the graph: what a converter reads and makes. */
export interface Call {
  readonly op: string;
  readonly opset: number;
  /** The node's name, for values that are named after it. */
  readonly name: string;
  readonly attrs: NodeAttributes;
  readonly inputs: readonly (Value | undefined)[];
  /** Names of the outputs; empty for those nobody wants. */
  readonly outputs: readonly string[];
  /** The graph is made to be trained: markers and statistics instead of what inference needs. */
  readonly training: boolean;
  readonly symbols: Symbols;
  /** Applies an operator of ours, computing what is known. */
  make(op: string, inputs: readonly (Value | undefined)[], attrs?: Attributes): readonly Value[];
  /** Whether no image reaches a value. */
  isStill(v: Value): boolean;
  /** The tensor of a value that no image reaches, computed now if it was not before. */
  known(v: Value): Tensor | undefined;
  /** A constant that the node itself holds. */
  literal(t: Tensor): Value;
  /** A constant of the file under the name of this node's output. */
  renamed(value: Value): Value;
}

/** Turns a node of the file into values, one for each output; undefined for outputs that cannot be had. */
export type Converter = (c: Call) => readonly (Value | undefined)[];

/** Input `i`, which must be there. */
export function input(c: Call, i: number): Value {
  const value = c.inputs[i];
  check(value, () => `input ${i} is missing`);
  return value;
}

/** Makes a node with one output. */
export function make1(c: Call, op: string, inputs: readonly (Value | undefined)[], attrs?: Attributes): Value {
  return c.make(op, inputs, attrs)[0]!;
}

/** What is known of a shape, or another vector of whole numbers, that is given as an input. */
export function dimsOf(c: Call, i: number): readonly Dim[] | undefined {
  const value = c.inputs[i];
  return value && shapeValue(limited(value));
}

/** Longer lists are no shapes, whatever an untrusted file says. */
const LONGEST_SHAPE = 4096;

function limited(value: Value): Value {
  const length = constantOf(value)?.data.length ?? 0;
  check(length <= LONGEST_SHAPE, () => `a list of ${length} numbers where a shape or axes are wanted`);
  return value;
}

/** An input of whole numbers that must be known; undefined when it is left out. */
export function wholes(c: Call, i: number, what: string): number[] | undefined {
  const value = c.inputs[i];
  if (!value) return undefined;
  const still = shapeValue(limited(value)) ? undefined : c.known(value);
  const dims = still ? toNumbers(still) : shapeValue(value);
  check(dims, () => `${what} depend on the image; they must be known when the model is read`);
  const numbers = dims.filter((d) => typeof d === 'number');
  check(numbers.length === dims.length, () => `${what} are [${dims}]; they must be numbers. Fix the input's size`);
  return numbers;
}

/** An input that must be a constant; undefined when it is left out or has no elements. */
export function constantInput(c: Call, i: number, what: string): Tensor | undefined {
  const value = c.inputs[i];
  if (!value) return undefined;
  const t = c.known(value);
  check(t, () => `${what} depends on the image; it must be known when the model is read`);
  return t.data.length === 0 ? undefined : t;
}
