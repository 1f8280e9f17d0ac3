import { f32, type Tensor, tensor } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import { type Graph, nameOf } from './graph.ts';
import { apply1, applyLike } from './op.ts';
import { countReaders } from './readers.ts';
import { rewrite } from './rewrite.ts';
import { constantOf, type Node, param, type Value } from './value.ts';

/** Values of parameters by name. */
export type Weights = ReadonlyMap<string, Tensor>;

export interface Folded {
  readonly graph: Graph;
  /** Values of the new graph's parameters: changed ones under their old names, those that went left out. */
  readonly weights: Map<string, Tensor>;
  /** How many batch normalisations went. */
  readonly folded: number;
}

/**
 * Batch normalisation with running statistics is a scale and a shift for each channel: they go into the weight and bias of
 * the convolution, transposed convolution or linear map before it. Left as they are: one that uses the batch's
 * statistics, one after anything else, and one whose input is read by others too. A weight that is used twice is copied.
 */
export function foldBatchNorm(g: Graph, weights: Weights): Folded {
  const readers = countReaders(g);
  const known = new Map<string, Tensor>(weights);
  const taken = new Set(g.params.map((p) => nameOf(p)!));
  const made = new Set<Value>();
  let folded = 0;
  const numbers = (v: Value | undefined) => asNumbers(constantOf(v) ?? known.get((v && nameOf(v)) ?? ''));
  const put = (old: Value | undefined, fallback: string, t: Tensor<'float32'>): Value => {
    const base = (old && nameOf(old)) ?? fallback;
    const mayReplace = old && nameOf(old) && (readers.get(old) === 1 || made.has(old));
    let name = base;
    for (let i = 1; !mayReplace && taken.has(name); i++) name = `${base}.folded${i}`;
    taken.add(name);
    known.set(name, t);
    const value = param(name, t.shape, { kind: 'constant', value: 0 }, 'frozen');
    made.add(value);
    return value;
  };
  const out = rewrite(g, {
    node: (node, inputs) => {
      if (node.op !== 'BatchNormalization' || attrsOf(node).int('training_mode') === 1) return undefined;
      const origin = inputs[0]!.origin;
      if (origin.kind !== 'node' || readers.get(node.inputs[0]!) !== 1) return undefined;
      const replacement = absorbed(node, origin.node, inputs, numbers, put);
      if (replacement) folded++;
      return replacement && [replacement];
    },
  });
  return { graph: out, weights: weightsOf(out, known), folded };
}

/** Those of the known values that the graph's parameters have. */
export function weightsOf({ params }: Graph, known: Weights): Map<string, Tensor> {
  const names = params.map((p) => nameOf(p)!);
  return new Map(names.flatMap((name) => (known.has(name) ? [[name, known.get(name)!]] : [])));
}

type Numbers = (v: Value | undefined) => Float32Array | undefined;
type Put = (old: Value | undefined, fallback: string, t: Tensor<'float32'>) => Value;

/** The node before `norm` with the normalisation in its weights; undefined where that cannot be done. */
function absorbed(
  norm: Node,
  before: Node,
  inputs: readonly (Value | undefined)[],
  numbers: Numbers,
  put: Put,
): Value | undefined {
  const layout = layoutOf(before);
  const weight = before.inputs[1];
  if (!layout || !weight) return undefined;
  const [scale, shift, mean, variance] = inputs.slice(1).map(numbers);
  const [w, bias] = [numbers(weight), before.inputs[2]];
  const b = bias ? numbers(bias) : undefined;
  if (!scale || !shift || !mean || !variance || !w || (bias && b?.length !== scale.length)) return undefined;
  const epsilon = attrsOf(norm).float('epsilon');
  const factor = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c]! + epsilon));
  const newWeight = new Float32Array(w.length);
  for (let i = 0; i < w.length; i++) newWeight[i] = w[i]! * factor[layout.channel(i)]!;
  const newBias = Float32Array.from(factor, (f, c) => ((b?.[c] ?? 0) - mean[c]!) * f + shift[c]!);
  const weightName = nameOf(weight) ?? 'folded.weight';
  const W = put(weight, weightName, f32(weight.type.shape as readonly number[], newWeight));
  const B = put(bias, weightName.replace(/(\.?weight)?$/, '.bias'), tensor('float32', [newBias.length], newBias));
  const x = before.inputs[0];
  if (before.op === 'MatMul') return apply1('Add', [apply1('MatMul', [x, W]), B]);
  return applyLike(before, [x, W, B])[0];
}

/** Which output channel element `i` of a node's weight belongs to. */
function layoutOf(node: Node): { channel: (i: number) => number } | undefined {
  const shape = node.inputs[1]?.type.shape;
  if (!shape?.every((d) => typeof d === 'number')) return undefined;
  const attrs = attrsOf(node);
  const each = shape.slice(1).reduce((n, d) => n * d, 1);
  switch (node.op) {
    case 'Conv':
      return { channel: (i) => Math.floor(i / each) };
    case 'ConvTranspose': {
      // [in, out/group, …kernel]: the group of an input channel says which of the outputs are meant.
      const [inputs, outputs] = [shape[0]!, shape[1]!];
      const kernel = each / outputs;
      const perGroup = inputs / attrs.int('group');
      return { channel: (i) => Math.floor(i / each / perGroup) * outputs + (Math.floor(i / kernel) % outputs) };
    }
    case 'Gemm':
      if (attrs.float('beta') !== 1 || attrs.float('alpha') !== 1) return undefined;
      return attrs.int('transB') === 1 ? { channel: (i) => Math.floor(i / each) } : { channel: (i) => i % each };
    case 'MatMul':
      // Only a matrix of rows has its features where the normalisation has its channels.
      return shape.length === 2 && node.outputs[0]!.type.shape.length === 2 ? { channel: (i) => i % each } : undefined;
    default:
      return undefined;
  }
}

const asNumbers = (t: Tensor | undefined) => (t?.dtype === 'float32' ? (t.data as Float32Array) : undefined);
