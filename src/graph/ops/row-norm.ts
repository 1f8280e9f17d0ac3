import { type Axis, unify } from '../axes.ts';
import { mul, reduceMean, sub } from '../build.ts';
import { type ChannelContext, fixedAxes } from '../channel-context.ts';
import { type InferContext, register } from '../op.ts';
import type { TensorType } from '../value.ts';
import { affineGradients, elementCost, inverseStd, normalizedGradient } from './norm.ts';
import { axisOf } from './reduce.ts';

/** Normalisations over the last dimensions. */

type Rowwise = 'LayerNormalization' | 'RMSNormalization';

function trailingAxes(c: InferContext<Rowwise>): number[] {
  const rank = c.type(0).shape.length;
  const first = axisOf(c.attrs.int('axis'), rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

const statistics = (x: TensorType, axes: readonly number[]): TensorType => ({
  dtype: 'float32',
  shape: x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
});

/** Mean and deviation are measured over the last dimensions, which scale and bias have too. */
function rowwiseAxes(c: ChannelContext<Rowwise>): (readonly Axis[])[] {
  const axes = c.in(0);
  const first = axisOf(c.attrs.int('axis'), axes.length);
  for (const a of axes.slice(first)) a.measure();
  for (const i of [1, 2]) {
    c.in(i).forEach((a, k, { length }) => {
      unify(a, axes.at(k - length)!);
    });
  }
  // Of the statistics only the first dimensions are more than one element, and nobody but a gradient reads them.
  return c.node.outputs.map((_, k) => (k === 0 ? axes : fixedAxes(c.node.outputs[k]!.type.shape)));
}

register(
  {
    name: 'LayerNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale', 'bias'],
    channels: rowwiseAxes,
    infer: (c) => {
      const stats = statistics(c.type(0), trailingAxes(c));
      return [c.type(0), stats, stats];
    },
    cost: elementCost(8),
    gradient: (c) => {
      const axes = trailingAxes(c);
      const xhat = mul(sub(c.in(0), c.outputs[1]!), c.outputs[2]!);
      return affineGradients(
        c,
        xhat,
        (v) => v,
        (g) => normalizedGradient(g, xhat, c.outputs[2]!, axes),
      );
    },
  },
  {
    name: 'RMSNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale'],
    channels: rowwiseAxes,
    opset: 23,
    infer: (c) => [c.type(0)],
    cost: elementCost(5),
    lower: (c) => {
      const x = c.in(0);
      return [mul(mul(x, inverseStd(reduceMean(mul(x, x), trailingAxes(c)), c.attrs.float('epsilon'))), c.in(1))];
    },
    gradient: (c) => {
      const [x, axes] = [c.in(0), trailingAxes(c)];
      const inv = inverseStd(reduceMean(mul(x, x), axes), c.attrs.float('epsilon'));
      const xhat = mul(x, inv);
      return affineGradients(
        c,
        xhat,
        (v) => v,
        (g) => normalizedGradient(g, xhat, inv, axes, false),
      );
    },
  },
);
