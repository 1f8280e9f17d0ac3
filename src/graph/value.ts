import type { DType, Tensor } from '../base/tensor.ts';
import type { Dim } from './dim.ts';
import type { OpName } from './ops/signatures.ts';

/** What is known of a tensor before it exists. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** How a parameter takes part: trained, held constant, or tracked as a running statistic. */
export type Role = 'trainable' | 'frozen' | 'statistic';

/** How a parameter's first values are drawn; see nn/init. */
export type Init =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'truncated-normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export type Attribute = number | string | readonly number[] | readonly string[] | Tensor;
export type Attributes = Readonly<Record<string, Attribute>>;

/** One application of an operator. */
export interface Node {
  readonly op: OpName;
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: Attributes;
  readonly outputs: readonly Value[];
  /** Where in the model it was made, e.g. `stages.0.blocks.1`. */
  readonly scope: string;
}

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'param'; readonly name: string; readonly role: Role; readonly init: Init }
  | { readonly kind: 'const'; readonly tensor: Tensor }
  | { readonly kind: 'node'; readonly node: Node; readonly index: number };

/** A vertex of the graph. Ids grow in creation order, so ordering by id is a topological order. */
export interface Value {
  readonly id: number;
  readonly type: TensorType;
  readonly origin: Origin;
}

let lastId = 0;

export function makeValue(type: TensorType, origin: Origin): Value {
  return { id: ++lastId, type, origin };
}

/** A graph input, e.g. `input('x', 'float32', ['N', 3, 224, 224])`. */
export function input(name: string, dtype: DType, shape: readonly Dim[]): Value {
  return makeValue({ dtype, shape }, { kind: 'input', name });
}

/** A named parameter. */
export function param(name: string, shape: readonly number[], init: Init, role: Role = 'trainable'): Value {
  return makeValue({ dtype: 'float32', shape }, { kind: 'param', name, role, init });
}

/** A constant. */
export function constant(tensor: Tensor): Value {
  return makeValue({ dtype: tensor.dtype, shape: tensor.shape }, { kind: 'const', tensor });
}

/** The tensor of a constant, or undefined. */
export function constantOf(value: Value | undefined): Tensor | undefined {
  return value?.origin.kind === 'const' ? value.origin.tensor : undefined;
}

/** Whether it is a constant of nothing but this number. */
export const isAll = (value: Value | undefined, number: number): boolean =>
  constantOf(value)?.data.every((v: number | bigint) => v === number) ?? false;
