import { abs, add, div, greater, mul, where } from '../../../graph/build.ts';
import { productOf } from '../../../graph/dim.ts';
import { axisOf } from '../../../graph/ops/host.ts';
import { type Converter, input, make1 } from '../call.ts';
import { reshapeTo } from '../reshape.ts';

/** Activation functions without a record of their own, and softmax as it was. */

/** To opset 12, softmax saw a matrix: everything from `axis` on was one row. */
const softmax: Converter = (c) => {
  const x = input(c, 0);
  const { shape } = x.type;
  const axis = axisOf(c.attrs.int('axis', c.opset < 13 ? 1 : -1), shape.length);
  if (c.opset >= 13 || productOf(shape.slice(axis + 1)) === 1) return c.make(c.op, [x], { axis });
  const rows = make1(c, 'Flatten', [x], { axis });
  return [reshapeTo(c, make1(c, c.op, [rows], { axis: 1 }), shape)];
};

export const activations: Record<string, Converter> = {
  Softmax: softmax,
  LogSoftmax: softmax,
  Selu: (c) => {
    const alpha = c.attrs.float('alpha', 1.6732632);
    return [mul(make1(c, 'Elu', [input(c, 0)], { alpha }), c.attrs.float('gamma', 1.050701))];
  },
  // a · elu(x / a)
  Celu: (c) => {
    const alpha = c.attrs.float('alpha', 1);
    return [mul(make1(c, 'Elu', [mul(input(c, 0), 1 / alpha)], { alpha: 1 }), alpha)];
  },
  Softsign: (c) => [div(input(c, 0), add(abs(input(c, 0)), 1))],
  ThresholdedRelu: (c) => [where(greater(input(c, 0), c.attrs.float('alpha', 1)), input(c, 0), 0)],
};
