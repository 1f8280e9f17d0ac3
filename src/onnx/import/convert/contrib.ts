import { check } from '../../../base/errors.ts';
import { add, gelu, mul, sigmoid } from '../../../graph/build.ts';
import type { Value } from '../../../graph/value.ts';
import { type Call, type Converter, input, make1 } from '../call.ts';
import { ownAttributes } from './direct.ts';

/** Operators of ONNX Runtime (com.microsoft) that its optimiser and some exporters write. */

const plus = (x: Value, bias: Value | undefined) => (bias ? add(x, bias) : x);

/** x + skip (+ bias), normalised; the sum itself is the fourth output. */
const skipNorm =
  (op: string, biasAt: number): Converter =>
  (c) => {
    const sum = plus(add(input(c, 0), input(c, 1)), c.inputs[biasAt]);
    const affine = op === 'LayerNormalization' ? [input(c, 2), c.inputs[3]] : [input(c, 2)];
    const [y] = c.make(op, [sum, ...affine], { axis: -1, epsilon: c.attrs.float('epsilon', 1e-12) });
    return [y, undefined, undefined, sum];
  };

/** The activation that was fused into a convolution or a product. */
function activated(c: Call, y: Value): Value {
  const kind = c.attrs.text('activation', '');
  const params = c.attrs.floats('activation_params') ?? [];
  switch (kind) {
    case '':
      return y;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return make1(c, kind, [y]);
    case 'LeakyRelu':
      return make1(c, kind, [y], { alpha: params[0] ?? c.attrs.float('leaky_relu_alpha', 0.01) });
    case 'HardSigmoid':
      return make1(c, kind, [y], { alpha: params[0] ?? 0.2, beta: params[1] ?? 0.5 });
    default:
      check(false, `the fused activation '${kind}' is not supported`);
  }
}

const fusedConv: Converter = (c) => {
  const [y] = c.make('Conv', c.inputs.slice(0, 3), ownAttributes(c, 'Conv'));
  return [activated(c, plus(y!, c.inputs[3]))];
};

export const contrib: Record<string, Converter> = {
  Gelu: (c) => [gelu(input(c, 0))],
  BiasGelu: (c) => [gelu(add(input(c, 0), input(c, 1)))],
  FastGelu: (c) => [gelu(plus(input(c, 0), c.inputs[1]), 'tanh')],
  QuickGelu: (c) => {
    const x = input(c, 0);
    return [mul(x, sigmoid(mul(x, c.attrs.float('alpha', 1.702))))];
  },
  SkipLayerNormalization: skipNorm('LayerNormalization', 4),
  SkipSimplifiedLayerNormalization: skipNorm('RMSNormalization', 3),
  FusedConv: fusedConv,
  FusedGemm: (c) => [activated(c, make1(c, 'Gemm', c.inputs, ownAttributes(c, 'Gemm')))],
};
