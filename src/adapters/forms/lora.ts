import { sizeOf } from '../../base/tensor.ts';
import { add, conv, gelu, matmul, mul, reshape, swapLast } from '../../graph/build.ts';
import { apply1, applyLike } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';
import { uniformFanIn, zeros } from '../../nn/init.ts';
import type { Layer } from '../layers.ts';
import type { Form, Pair, Site, Stored } from './form.ts';
import { product } from './product.ts';

/**
 * Low-rank pairs (LoRA, Hu et al. 2021, arXiv 2106.09685), as PETAH puts them beside linear maps and convolutions (2410.17661; which
 * form it takes for kernels is not known: P1 … P4 are candidates). B begins at zero, so the network begins as it was.
 */

const A = 'lora_A.weight';
const B = 'lora_B.weight';

/** A maps down with the layer's own kernel, B up with a 1×1: PEFT's convention for convolutions (P1), and LoRA of linear maps. */
const down: Form = {
  greatestRank: ({ inputs, outputs, kernel }) => Math.min(outputs, inputs * sizeOf(kernel)),
  parameters: (layer, rank) => ({
    [A]: pair([rank, layer.inputs, ...layer.kernel]),
    [B]: { shape: [layer.outputs, rank, ...layer.kernel.map(() => 1)], init: zeros },
  }),
  apply: (site) => beside(site, lowRank(site)),
  unfolded: asStored,
  pair: factors,
  merged: ({ layer, rank, scale, weight, params }) => {
    const { inputs, outputs, kernel } = layer;
    const delta = product(params[B]!.data, params[A]!.data, outputs, rank, inputs * sizeOf(kernel));
    return { weight: summed(weight, layer.turned ? turned(delta, outputs, inputs) : delta, scale) };
  },
};

/** A maps down with a 1×1, B up with the layer's kernel and stride (P2). */
const up: Form = {
  greatestRank: ({ inputs, outputs, kernel }) => Math.min(inputs, outputs * sizeOf(kernel)),
  parameters: (layer, rank) => ({
    [A]: pair([rank, layer.inputs, ...layer.kernel.map(() => 1)]),
    [B]: { shape: [layer.outputs, rank, ...layer.kernel], init: zeros },
  }),
  apply: (site) => {
    const { node, inputs, params, scale } = site;
    return beside(site, applyLike(node, [conv(inputs[0]!, params[A]!), scaled(params[B]!, scale)])[0]!);
  },
  unfolded: ({ inputs, outputs, kernel }, gradient) => {
    const k = sizeOf(kernel);
    const data = new Float32Array(gradient.length);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let u = 0; u < k; u++) data[(o * k + u) * inputs + i] = gradient[(o * inputs + i) * k + u]!;
    return { matrices: [{ rows: outputs * k, columns: inputs, data }], each: 1 };
  },
  // With a kernel of one tap both forms are the same.
  pair: (layer, params) => (sizeOf(layer.kernel) === 1 ? factors(layer, params) : undefined),
  merged: ({ layer, rank, scale, weight, params }) => {
    const { inputs, outputs, kernel } = layer;
    const k = sizeOf(kernel);
    const [a, b] = [params[A]!.data, params[B]!.data];
    const delta = new Float64Array(weight.length);
    for (let o = 0; o < outputs; o++)
      for (let j = 0; j < rank; j++)
        for (let i = 0; i < inputs; i++)
          for (let u = 0; u < k; u++)
            delta[(o * inputs + i) * k + u]! += b[(o * rank + j) * k + u]! * a[j * inputs + i]!;
    return { weight: summed(weight, delta, scale) };
  },
};

/** One matrix product of the whole kernel, rows and columns of the kernel shared out between the factors (P3, loralib's). */
const unfolded: Form = {
  greatestRank: ({ inputs, outputs, groups }) => Math.min(inputs, outputs / groups),
  parameters: ({ kernel: [k = 1], inputs, outputs, groups }, rank) => ({
    [A]: pair([rank * k, inputs * k]),
    [B]: { shape: [(outputs / groups) * k, rank * k], init: zeros },
  }),
  apply: inTheWeight,
  unfolded: ({ kernel: [k = 1], inputs, outputs, groups }, data) => ({
    matrices: [{ rows: (outputs / groups) * k, columns: inputs * k, data }],
    each: k,
  }),
  merged: ({ layer: { kernel, inputs, outputs, groups }, rank, scale, weight, params }) => {
    const k = kernel[0] ?? 1;
    const delta = product(params[B]!.data, params[A]!.data, (outputs / groups) * k, rank * k, inputs * k);
    return { weight: summed(weight, delta, scale) };
  },
};

/** The weight as a matrix, an output channel a row (P4): for grouped and depthwise convolutions too. */
const rows: Form = {
  greatestRank: ({ shape: [outputs, ...rest] }) => Math.min(outputs!, sizeOf(rest)),
  parameters: ({ shape: [outputs, ...rest] }, rank) => ({
    [A]: pair([rank, sizeOf(rest)]),
    [B]: { shape: [outputs!, rank], init: zeros },
  }),
  apply: inTheWeight,
  unfolded: asStored,
  merged: ({
    layer: {
      shape: [outputs, ...rest],
    },
    rank,
    scale,
    weight,
    params,
  }) => ({
    weight: summed(weight, product(params[B]!.data, params[A]!.data, outputs!, rank, sizeOf(rest)), scale),
  }),
};

export const loras = { p1: down, p2: up, p3: unfolded, p4: rows } as const;

/** Down, GELU, up, beside the layer: what cannot be merged (Conv-Adapter, Chen et al. 2022; parallel adapters, He et al. 2022). */
export const bottleneck: Form = {
  greatestRank: down.greatestRank,
  parameters: down.parameters,
  apply: (site) => beside(site, lowRank(site, gelu)),
};

/** The weight as it lies there, its first dimension the rows. */
function asStored({ shape: [rows, ...rest] }: Layer, data: Float32Array) {
  return { matrices: [{ rows: rows!, columns: sizeOf(rest), data }], each: 1 };
}

function factors(_: Layer, params: Stored['params']): Pair {
  return { a: params[A]!, b: params[B]! };
}

const pair = (shape: readonly number[]) => ({ shape, init: uniformFanIn(shape) });

const beside = ({ node, inputs }: Site, learned: Value): Value => add(applyLike(node, inputs)[0]!, learned);

/** The factors one after the other, as long as they are linear maps or convolutions like the layer itself. */
function lowRank({ layer, node, inputs, params, scale }: Site, between: (x: Value) => Value = (x) => x): Value {
  const x = inputs[0]!;
  const [a, b] = [params[A]!, scaled(params[B]!, scale)];
  if (layer.kernel.length > 0) return conv(between(applyLike(node, [x, a])[0]!), b);
  if (node.op === 'MatMul') return matmul(between(matmul(x, swapLast(a))), swapLast(b));
  return apply1('Gemm', [between(apply1('Gemm', [x, a], { transB: 1 })), b], { transB: 1 });
}

/** The learned part added to the weight before the layer reads it. */
function inTheWeight({ layer, node, inputs, params, scale }: Site): Value {
  const delta = reshape(matmul(scaled(params[B]!, scale), params[A]!), layer.shape);
  const [x, weight, ...rest] = inputs;
  return applyLike(node, [x, add(weight!, delta), ...rest])[0]!;
}

const scaled = (b: Value, scale: number): Value => (scale === 1 ? b : mul(b, scale));

function summed(weight: Stored['weight'], delta: Float64Array, scale: number): Float32Array {
  const sum = new Float32Array(weight.length);
  for (let i = 0; i < sum.length; i++) sum[i] = weight[i]! + scale * delta[i]!;
  return sum;
}

/** [n, m] → [m, n] */
function turned(x: Float64Array, n: number, m: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) out[j * n + i] = x[i * m + j]!;
  return out;
}

/** Whether a form fits a layer: only those that change the weight itself fit groups, and kernels are for convolutions. */
export const formFor = (layer: Layer, wanted: keyof typeof loras): keyof typeof loras => {
  if (layer.kernel.length === 0) return 'p1';
  if (layer.groups > 1) return wanted === 'p3' ? 'p3' : 'p4';
  return wanted;
};
