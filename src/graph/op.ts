import { oneOf, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Attribute, Attributes, Node, TensorType, Value } from './value.ts';
import { makeValue } from './value.ts';

/** The kind of one attribute and its default; without a default the attribute may be left out. */
export interface AttrSpec {
  /** Only we read it: it is not printed. */
  readonly ours?: true;
  readonly type: 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor' | 'dtype';
  readonly default?: Attribute;
}

/** Typed reading of a node's attributes, with the record's defaults filled in. */
export interface AttrReader {
  int(name: string): number;
  float(name: string): number;
  string(name: string): string;
  ints(name: string): readonly number[] | undefined;
  tensor(name: string): Tensor | undefined;
  has(name: string): boolean;
}

export interface InferContext {
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: AttrReader;
  /** Type of input `i`, which must be there. */
  type(i: number): TensorType;
}

export interface GradientContext extends InferContext {
  readonly node: Node;
  readonly outputs: readonly Value[];
  /** Gradient of the loss with respect to each output; undefined where the loss does not depend on it. */
  readonly dys: readonly (Value | undefined)[];
  /** Whether the gradient of input `i` is wanted. */
  needs(i: number): boolean;
  /** Input `i`, which must be there. */
  in(i: number): Value;
  /** The gradient of output 0, which must be there. */
  readonly dy: Value;
}

/** Work of one node with all dimensions bound to numbers. */
export interface Cost {
  /** Multiply–accumulates of convolutions and matrix products, as the field counts them. */
  readonly macs: number;
  /** Floating-point operations: 2 · macs plus the elementwise work. */
  readonly flops: number;
}

export interface CostContext {
  readonly attrs: AttrReader;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

/** Everything yosegi knows about an operator. Adding one is adding this record and its test. */
export interface Op {
  /** The ONNX name, unless `printed` is given. */
  readonly name: string;
  /** The ONNX name where another record of another domain has it already. */
  readonly printed?: string;
  /** Empty for the standard set. */
  readonly domain?: 'com.microsoft' | 'com.microsoft.nchwc' | 'yosegi';
  /** First standard opset in which the printed form is valid. */
  readonly opset?: number;
  readonly attrs: Readonly<Record<string, AttrSpec>>;
  readonly infer: (context: InferContext) => TensorType[];
  /** Gradients to the inputs, in input order; undefined for the ones that have none. Absent: not differentiable. */
  readonly gradient?: (context: GradientContext) => (Value | undefined)[];
  readonly cost?: (context: CostContext) => Cost;
  /** Never printed as it is, although ONNX has it: why `lower` is better on the runtimes there are. */
  readonly unprinted?: string;
  /** The same thing in standard operators; required where `domain` or `unprinted` is set. */
  readonly lower?: (context: GradientContext) => Value[];
  /** Evaluates on the host, for constant and shape subgraphs. */
  readonly evaluate?: (inputs: readonly (Tensor | undefined)[], attrs: AttrReader) => Tensor[];
}

const records = new Map<string, Op>();

/** Adds records to the table. */
export function register(...ops: Op[]): void {
  for (const op of ops) records.set(op.name, op);
}

/** The record of an operator. */
export function opOf(name: string): Op {
  return records.get(name) ?? records.get(oneOf('operator', name, [...records.keys()]))!;
}

/** True if there is a record of that name. */
export function hasOp(name: string): boolean {
  return records.has(name);
}

/** All records, by name. */
export function allOps(): Op[] {
  return [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

let scopePath = '';

/** Runs `make`; nodes made inside carry `path` as their scope. */
export function inScope<T>(path: string, make: () => T): T {
  const before = scopePath;
  scopePath = path;
  try {
    return make();
  } finally {
    scopePath = before;
  }
}

/** Applies an operator: checks attributes and input types, infers the outputs. `outputs` limits how many are made. */
export function apply(name: string, inputs: readonly (Value | undefined)[], attrs: Attributes = {}): Value[] {
  const op = opOf(name);
  for (const key of Object.keys(attrs)) oneOf(`attribute of ${name}`, key, Object.keys(op.attrs));
  const trimmed = [...inputs];
  while (trimmed.length > 0 && trimmed.at(-1) === undefined) trimmed.pop();
  const reader = readAttributes(op, attrs);
  let types: TensorType[];
  try {
    types = op.infer(inferContext(name, trimmed, reader));
  } catch (error) {
    if (!(error instanceof YosegiError) || error.message.startsWith('in ')) throw error;
    const shapes = trimmed.map((v) => (v ? `${v.type.dtype}[${v.type.shape}]` : 'none')).join(', ');
    throw new YosegiError(`in ${scopePath || 'the graph'}: ${name}(${shapes}): ${error.message}`, { cause: error });
  }
  const outputs: Value[] = [];
  const node: Node = { op: name, inputs: trimmed, attrs, outputs, scope: scopePath };
  types.forEach((type, index) => {
    outputs.push(makeValue(type, { kind: 'node', node, index }));
  });
  return outputs;
}

/** Applies an operator with one output. */
export function apply1(name: string, inputs: readonly (Value | undefined)[], attrs: Attributes = {}): Value {
  return apply(name, inputs, attrs)[0]!;
}

/** Typed access to a node's attributes. */
export function readAttributes(op: Op, attrs: Attributes): AttrReader {
  const get = (name: string): Attribute | undefined => attrs[name] ?? op.attrs[name]?.default;
  const wrong = (name: string, wanted: string): never => {
    throw new YosegiError(`attribute '${name}' of ${op.name} must be ${wanted}, got ${JSON.stringify(get(name))}`);
  };
  const number = (name: string) => {
    const value = get(name);
    return typeof value === 'number' ? value : wrong(name, 'a number');
  };
  return {
    int: (name) => {
      const value = number(name);
      return Number.isInteger(value) ? value : wrong(name, 'an integer');
    },
    float: number,
    string: (name) => {
      const value = get(name);
      return typeof value === 'string' ? value : wrong(name, 'a string');
    },
    ints: (name) => {
      const value = get(name);
      if (value === undefined) return undefined;
      return Array.isArray(value) && value.every((v) => Number.isInteger(v)) ? value : wrong(name, 'integers');
    },
    tensor: (name) => {
      const value = get(name);
      if (value === undefined) return undefined;
      return typeof value === 'object' && 'dtype' in value ? value : wrong(name, 'a tensor');
    },
    has: (name) => get(name) !== undefined,
  };
}

function inferContext(name: string, inputs: readonly (Value | undefined)[], attrs: AttrReader): InferContext {
  return {
    inputs,
    attrs,
    type: (i) => {
      const value = inputs[i];
      if (!value) throw new YosegiError(`input ${i} of ${name} is missing`);
      return value.type;
    },
  };
}

/** The context a gradient or a lowering reads. */
export function gradientContext(
  node: Node,
  dys: readonly (Value | undefined)[],
  needs: (i: number) => boolean,
): GradientContext {
  const base = inferContext(node.op, node.inputs, readAttributes(opOf(node.op), node.attrs));
  return {
    ...base,
    node,
    outputs: node.outputs,
    dys,
    needs,
    in: (i) => {
      base.type(i);
      return node.inputs[i]!;
    },
    get dy() {
      const dy = dys[0];
      if (!dy) throw new YosegiError(`no gradient reached output 0 of ${node.op}`);
      return dy;
    },
  };
}
