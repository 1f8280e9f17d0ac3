import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { type Axis, unify } from '../axes.ts';
import { matmul, matmulT, mul, reshape, swapLast, unbroadcast } from '../build.ts';
import { alignedAxes, type ChannelContext } from '../channel-context.ts';
import { broadcastShapes, type Dim, productOf } from '../dim.ts';
import { type CostContext, type GradientContext, type InferContext, type OpRecord, register } from '../op.ts';
import type { TensorType, Value } from '../value.ts';

/** Matrix products. */

function productType(a: TensorType, b: TensorType, transA = false, transB = false): TensorType[] {
  check(a.dtype === b.dtype, () => `operands have types ${a.dtype} and ${b.dtype}`);
  check(a.shape.length > 0 && b.shape.length > 0, 'operands must have at least one dimension');
  const left = a.shape.length === 1 ? [1, ...a.shape] : [...a.shape];
  const right = b.shape.length === 1 ? [...b.shape, 1] : [...b.shape];
  const [m, k] = lastTwo(left, transA);
  const [k2, n] = lastTwo(right, transB);
  check(k === k2, () => `inner dimensions differ: ${k} and ${k2}`);
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
  return [{ dtype: a.dtype, shape }];
}

function lastTwo(shape: readonly Dim[], swapped: boolean): [Dim, Dim] {
  const [r, c] = [shape.at(-2)!, shape.at(-1)!];
  return swapped ? [c, r] : [r, c];
}

function productCost(c: CostContext, inner: number) {
  const macs = sizeOf(c.outputs[0]!) * inner;
  return { macs, flops: 2 * macs };
}

/** [..., r, c] as [rows, c], all leading dimensions together. */
function rows(x: Value): Value {
  return reshape(x, [productOf(x.type.shape.slice(0, -1)), x.type.shape.at(-1)!]);
}

function matmulGradient(c: GradientContext): (Value | undefined)[] {
  const [a, b] = [c.in(0), c.in(1)];
  // Vectors are matrices with a dimension of one.
  const a2 = a.type.shape.length === 1 ? reshape(a, [1, a.type.shape[0]!]) : a;
  const b2 = b.type.shape.length === 1 ? reshape(b, [b.type.shape[0]!, 1]) : b;
  const [type] = productType(a2.type, b2.type);
  const dy = reshape(c.dy, type!.shape);
  const grads: (Value | undefined)[] = [undefined, undefined];
  if (b2.type.shape.length === 2) {
    // One matrix for the whole batch: flatten the batch into rows, one large product each.
    if (c.needs(0)) grads[0] = reshape(matmulT(rows(dy), b2, { transB: true }), a2.type.shape);
    if (c.needs(1)) grads[1] = matmulT(rows(a2), rows(dy), { transA: true });
  } else {
    if (c.needs(0)) grads[0] = unbroadcast(matmulT(dy, b2, { transB: true }), a2);
    if (c.needs(1)) grads[1] = unbroadcast(matmulT(a2, dy, { transA: true }), b2);
  }
  return grads.map((g, i) => g && reshape(g, c.in(i).type.shape));
}

/** Rows of the first, columns of the second; what lies between is summed over in both. */
function productAxes(c: ChannelContext, transA: boolean, transB: boolean): Axis[] {
  const [a, b] = [c.in(0), c.in(1)];
  const { shape } = c.node.outputs[0]!.type;
  const lead = shape.slice(0, shape.length - (a.length > 1 ? 1 : 0) - (b.length > 1 ? 1 : 0));
  const inner = (axes: readonly Axis[], first: boolean) => (axes.length === 1 ? axes[0]! : axes.at(first ? -2 : -1)!);
  unify(inner(a, transA), inner(b, !transB));
  const rows = a.length > 1 ? [a.at(transA ? -1 : -2)!] : [];
  const columns = b.length > 1 ? [b.at(transB ? -2 : -1)!] : [];
  const batch = { ...c, in: (i: number) => c.in(i).slice(0, -2) };
  const dims = c.node.inputs.map((v) => v && { ...v, type: { ...v.type, shape: v.type.shape.slice(0, -2) } });
  return [...alignedAxes({ ...batch, node: { ...c.node, inputs: dims } }, [0, 1], lead), ...rows, ...columns];
}

const trans = ({ attrs }: Pick<InferContext<'Gemm' | 'FusedMatMul'>, 'attrs'>) =>
  [attrs.int('transA') === 1, attrs.int('transB') === 1] as const;

/** Gradients to both operands of alpha · op(A) · op(B). */
function operandGradients(c: GradientContext<'Gemm' | 'FusedMatMul'>): (Value | undefined)[] {
  const [a, b] = [c.in(0), c.in(1)];
  const [tA, tB] = trans(c);
  const alpha = c.attrs.float('alpha');
  const dA = () =>
    tA ? matmulT(b, c.dy, { transA: tB, transB: true, alpha }) : matmulT(c.dy, b, { transB: !tB, alpha });
  const dB = () =>
    tB ? matmulT(c.dy, a, { transA: true, transB: tA, alpha }) : matmulT(a, c.dy, { transA: !tA, alpha });
  return [c.needs(0) ? unbroadcast(dA(), a) : undefined, c.needs(1) ? unbroadcast(dB(), b) : undefined];
}

register(
  {
    name: 'MatMul',
    parameters: ['weight', 'weight'],
    channels: (c) => [productAxes(c, false, false)],
    infer: (c) => productType(c.type(0), c.type(1)),
    gradient: matmulGradient,
    cost: (c) => productCost(c, c.inputs[0]!.at(-1)!),
  },
  {
    name: 'Gemm',
    parameters: ['weight', 'weight', 'bias'],
    channels: (c) => {
      const out = productAxes(c, ...trans(c));
      c.in(2).forEach((a, i, { length }) => {
        const y = out.at(i - length)!;
        if (a.size === y.size) unify(a, y);
      });
      return [out];
    },
    infer: (c) => {
      check(c.type(0).shape.length === 2 && c.type(1).shape.length === 2, 'Gemm takes matrices');
      return productType(c.type(0), c.type(1), ...trans(c));
    },
    cost: (c) => productCost(c, c.inputs[0]![c.attrs.int('transA') ? 0 : 1]!),
    gradient: (c) => {
      const beta = c.attrs.float('beta');
      const dC = () => unbroadcast(beta === 1 ? c.dy : mul(c.dy, beta), c.in(2));
      return [...operandGradients(c), c.inputs[2] && c.needs(2) ? dC() : undefined];
    },
  },
  fusedMatMul(),
);

/** ONNX Runtime's batched product with transposed operands; standard graphs get Transpose + MatMul. */
function fusedMatMul(): OpRecord<'FusedMatMul'> {
  return {
    name: 'FusedMatMul',
    parameters: ['weight', 'weight'],
    channels: (c) => [productAxes(c, ...trans(c))],
    domain: 'com.microsoft',
    infer: (c) => productType(c.type(0), c.type(1), ...trans(c)),
    cost: (c) => productCost(c, c.inputs[0]!.at(c.attrs.int('transA') ? -2 : -1)!),
    lower: (c) => {
      const [tA, tB] = trans(c);
      const y = matmul(tA ? swapLast(c.in(0)) : c.in(0), tB ? swapLast(c.in(1)) : c.in(1));
      return [c.attrs.float('alpha') === 1 ? y : mul(y, c.attrs.float('alpha'))];
    },
    gradient: operandGradients,
  };
}
