import { check, oneOf, YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type AttrReader, attrsOf, readAttributes } from './attributes.ts';
import type { Axis } from './axes.ts';
import type { ChannelContext } from './channel-context.ts';
import type { Element } from './dim.ts';
import { type AttrsOf, attributesOf, isOpName, type OpName, signatures } from './ops/signatures.ts';
import type { Attributes, Node, TensorType, Value } from './value.ts';
import { makeValue } from './value.ts';

export type InferContext<K extends OpName = OpName> = Inferring<AttrReader<K>>;

interface Inferring<Attrs> {
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: Attrs;
  /** Type of input `i`, which must be there. */
  type(i: number): TensorType;
}

export type GradientContext<K extends OpName = OpName> = Differentiating<AttrReader<K>>;

interface Differentiating<Attrs> extends Inferring<Attrs> {
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
interface Cost {
  /** Multiply–accumulates of convolutions and matrix products, as the field counts them. */
  readonly macs: number;
  /** Floating-point operations: 2 · macs plus the elementwise work. */
  readonly flops: number;
}

export type CostContext<K extends OpName = OpName> = Costing<AttrReader<K>>;

interface Costing<Attrs> {
  readonly attrs: Attrs;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

/** What is asked when a small integer vector that says a shape is followed (shape-value.ts). */
export type DimsContext<K extends OpName = OpName> = Following<AttrReader<K>>;

interface Following<Attrs> {
  readonly node: Node;
  readonly attrs: Attrs;
  /** The output that is asked for, and its type. */
  readonly index: number;
  readonly type: TensorType;
  /** The elements of input `i`, each where it is known; undefined where not even their number is. */
  input(i: number): Element[] | undefined;
}

/** What an input is to an operator, where it is the place for something learned or tracked. */
type ParameterKind = 'weight' | 'bias' | 'scale' | 'slope' | 'table' | 'token' | 'mean' | 'variance';

/** Everything yosegi knows about an operator, but its attributes (ops/signatures.ts). Adding one is adding this record and its test. */
export interface OpRecord<K extends OpName> {
  /** The ONNX name, unless `printed` is given. */
  readonly name: K;
  /** The ONNX name where another record of another domain has it already. */
  readonly printed?: string;
  /** Empty for the standard set. */
  readonly domain?: 'com.microsoft' | 'com.microsoft.nchwc' | 'yosegi';
  /** First standard opset in which the printed form is valid. */
  readonly opset?: number;
  /** Never printed as it is, although ONNX has it: why `lower` is better on the runtimes there are. */
  readonly unprinted?: string;
  /** All outputs are named in a printed model, used or not: ONNX Runtime ends the process over one that is left out. */
  readonly complete?: true;

  readonly infer: (context: InferContext<K>) => TensorType[];
  /**
   * Gradients to the inputs, in input order, undefined for the ones that have none. `stops`: it is constant wherever it has a slope, or
   * whole numbers and truths come out, so nothing is passed on. `none`: asking for it is an error.
   */
  readonly gradient: ((context: GradientContext<K>) => (Value | undefined)[]) | 'stops' | 'none';
  /** Absent: no arithmetic. */
  readonly cost?: (context: CostContext<K>) => Cost;
  /** The same thing in standard operators; required where `domain` or `unprinted` is set. Where there is `offGpu`, of its nodes. */
  readonly lower?: (context: GradientContext<K>) => Value[];
  /** Evaluates on the host, for constant and shape subgraphs. */
  readonly evaluate?: (inputs: readonly (Tensor | undefined)[], attrs: AttrReader<K>) => Tensor[];
  /** The elements of an output that says a shape, from what is known of the inputs; symbols are sizes. */
  readonly dims?: (context: DimsContext<K>) => Element[] | undefined;
  /** How the indices of the outputs' dimensions hang together with those of the inputs': what goes when a channel goes. */
  readonly channels: (context: ChannelContext<K>) => readonly (readonly Axis[])[];

  /**
   * The nodes that ONNX Runtime's WebGPU has no kernel for, or a wrong one (1.30; found by webgpu.test.ts): a processor does them, wherever
   * the rest is done, unless `lower` has another form. `used`: whether output `i` is read.
   */
  readonly offGpu?: (context: InferContext<K>, used: (i: number) => boolean) => boolean;

  /** Each output element is computed from the input elements at its place, with broadcasting. */
  readonly elementwise?: true;
  /** The output shows numbers of input 0: all of them in their order, in another order, or some of them. */
  readonly view?: 'whole' | 'reordered' | 'part';
  /** Only the types of the inputs are read, never their numbers. */
  readonly typeOnly?: true;
  /** Two with the same inputs are two draws, not one. */
  readonly random?: true;
  /** Finite where what it is given is, each channel by itself: channels of zeros may be put beside the others (onnx/wide-groups). */
  readonly steady?: true;
  /** Numbers over a window, or over everything, become one. */
  readonly pools?: true;
  /** Exporters often write it out in simpler operators, which the importer puts together again (onnx/import/recognise). */
  readonly writtenOut?: true;
  /** Which inputs are places for something learned or tracked. */
  readonly parameters?: readonly (ParameterKind | undefined)[];
}

/** The record of some operator. */
export type Op = OpRecord<OpName>;

const records: { [K in OpName]?: OpRecord<K> } = {};

/** Adds records to the table. */
export function register(...ops: { [K in OpName]: OpRecord<K> }[OpName][]): void {
  const put = <K extends OpName>(op: OpRecord<K>) => Object.assign(records, { [op.name]: op });
  for (const op of ops) put(op as Op);
}

/** The record of an operator. */
export function opOf<K extends OpName>(name: K): OpRecord<K> {
  const op: OpRecord<K> | undefined = records[name];
  check(op, () => `the record of ${name} is not loaded: import graph/ops/index.ts`);
  return op;
}

/** The operator of that name; a wrong one is answered with the nearest right one. */
export function opNamed(name: string): OpName {
  return isOpName(name) ? name : (oneOf('operator', name, Object.keys(signatures)) as OpName);
}

/** All records, by name. */
export function allOps(): Op[] {
  return (Object.values(records) as Op[]).sort((a, b) => (a.name < b.name ? -1 : 1));
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

type Given<K extends OpName> = Record<never, never> extends AttrsOf<K> ? [attrs?: AttrsOf<K>] : [attrs: AttrsOf<K>];
type Inputs = readonly (Value | undefined)[];

/** Applies an operator: checks attributes and input types, infers the outputs. */
export function apply<K extends OpName>(name: K, inputs: Inputs, ...[attrs]: Given<K>): Value[] {
  return applyNamed(name, inputs, attrs as Attributes | undefined);
}

/** Applies an operator with one output. */
export function apply1<K extends OpName>(name: K, inputs: Inputs, ...given: Given<K>): Value {
  return apply(name, inputs, ...given)[0]!;
}

/** The operator of a node once more, on other inputs. */
export function applyLike(node: Pick<Node, 'op' | 'attrs'>, inputs: Inputs): Value[] {
  return applyNamed(node.op, inputs, node.attrs);
}

/** Applies an operator whose name and attributes are known only at run time, as from a file. */
export function applyNamed(given: string, inputs: Inputs, attrs: Attributes = {}): Value[] {
  const name = opNamed(given);
  const op: Op = opOf(name);
  const specs = attributesOf(name);
  for (const key of Object.keys(attrs)) oneOf(`attribute of ${name}`, key, Object.keys(specs));
  const trimmed = [...inputs];
  while (trimmed.length > 0 && trimmed.at(-1) === undefined) trimmed.pop();
  let types: TensorType[];
  try {
    for (const [key, spec] of Object.entries(specs)) {
      check(!spec.required || attrs[key] !== undefined, () => `the attribute '${key}' is missing`);
    }
    types = op.infer(inferContext(name, trimmed, readAttributes(name, attrs)));
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
  const base = inferContext(node.op, node.inputs, attrsOf(node));
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
