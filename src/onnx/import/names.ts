import type { Node } from '../../graph/value.ts';

/** Names that exporters count out for tensors that they made themselves, by folding for example: they tell a reader nothing. */
const counted =
  /^(?:|\d+|onnx::\w+_\d+|(?:val|const|constant|const_fold_opt|new_const|node|tensor|arg|fold|expanded|unnamed)_*\d+)(?::0)?$/i;

/** What exporters call numbers of their own: results of an operator that they folded, TensorFlow's literal operands. */
const literal =
  /(?:^|\/)(?:Const\w*|[xy])(?::0)?$|^(?:c_)?lifted_tensor|^_?(?:to_copy|exp|log|pow|sqrt|rsqrt|reciprocal|neg|mul|add|sub|div|mean|clamp|clone|full|ones|zeros|arange|scalar_tensor|sigmoid|tanh|softplus)(?:_\d+)?$/i;

/**
 * Whether a tensor is called as a parameter is. Of single numbers only the name tells: PyTorch's parameters carry their path,
 * TensorFlow's variables say that they are read.
 */
export const isParameterName = (name: string): boolean =>
  !counted.test(name) && !literal.test(name) && (!name.includes('/') || /variable/i.test(name));

/** What an operator calls its inputs. A matrix [in, out] is a `kernel`, as in Keras: PyTorch's `weight` is [out, in]. */
const parts: Readonly<Record<string, readonly (string | undefined)[]>> = {
  Conv: [undefined, 'weight', 'bias'],
  ConvTranspose: [undefined, 'weight', 'bias'],
  BatchNormalization: [undefined, 'weight', 'bias', 'running_mean', 'running_var'],
  LayerNormalization: [undefined, 'weight', 'bias'],
  GroupNormalization: [undefined, 'weight', 'bias'],
  InstanceNormalization: [undefined, 'weight', 'bias'],
  RMSNormalization: [undefined, 'weight'],
  MatMul: ['kernel', 'kernel'],
  PRelu: [undefined, 'slope'],
  Add: ['bias', 'bias'],
  Mul: ['scale', 'scale'],
  Gather: ['table'],
};

/** The file's name of a tensor, or one made of where `node` stands in the model and what it reads the tensor as. */
export function readableName(source: string, node: Node, input: number): string {
  if (!counted.test(source)) return source;
  const part = node.op === 'Gemm' ? gemmPart(node, input) : parts[node.op]?.[input];
  return `${node.scope || node.op.toLowerCase()}.${part ?? 'value'}`;
}

function gemmPart(node: Node, input: number): string {
  if (input === 2) return 'bias';
  return node.attrs.transB === 1 ? 'weight' : 'kernel';
}

/** Whether a name fits a pattern, in which `*` stands for any characters and `?` for one. */
export function globOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*');
  return (name) => {
    // Each part where it first fits: no pattern takes longer than its length times the name's.
    const [first, last] = [parts[0]!, parts.at(-1)!];
    if (parts.length === 1) return name.length === first.length && fitsAt(name, first, 0);
    if (name.length < first.length + last.length || !fitsAt(name, first, 0)) return false;
    let at = first.length;
    const end = name.length - last.length;
    for (const part of parts.slice(1, -1)) {
      while (at + part.length <= end && !fitsAt(name, part, at)) at++;
      if (at + part.length > end) return false;
      at += part.length;
    }
    return fitsAt(name, last, end);
  };
}

function fitsAt(name: string, part: string, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (part[i] !== '?' && part[i] !== name[at + i]) return false;
  return true;
}
