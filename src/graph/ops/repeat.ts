import { Axis, productAxis } from '../axes.ts';
import { ints, reshape, unbroadcast } from '../build.ts';
import { alignedAxes } from '../channel-context.ts';
import { broadcastShapes, type Dim, mulDim } from '../dim.ts';
import { apply1, register } from '../op.ts';
import * as dims from './dims.ts';
import { evaluateExpand, evaluateTile } from './host-layout.ts';
import { integers, resizedTarget, shapeInput, typed } from './known.ts';

/** Expand and Tile: elements again and again. */

/** The indices again and again. */
function repeatedAxis(a: Axis, size: Dim): Axis {
  if (size === a.size) return a;
  if (typeof size === 'number' && a.size !== undefined) return productAxis([new Axis(size / a.size, true), a]);
  a.fix();
  return new Axis(size, true);
}

register(
  {
    name: 'Expand',
    parameters: ['token'],
    dims: dims.expand,
    channels: (c) => {
      const out = alignedAxes(c, [0]);
      resizedTarget(c, out);
      return [out];
    },
    evaluate: evaluateExpand,
    infer: (c) => typed(c, broadcastShapes(c.type(0).shape, shapeInput(c, 1))),
    gradient: (c) => [unbroadcast(c.dy, c.in(0)), undefined],
  },
  {
    name: 'Tile',
    parameters: ['token'],
    channels: (c) => {
      const { shape } = c.node.outputs[0]!.type;
      return [c.in(0).map((a, i) => repeatedAxis(a, shape[i]!))];
    },
    evaluate: evaluateTile,
    infer: (c) => {
      const repeats = integers(c, 1, 'repeats')!;
      return typed(
        c,
        c.type(0).shape.map((d, i) => mulDim(d, repeats[i]!)),
      );
    },
    gradient: (c) => {
      const repeats = integers(c, 1, 'repeats')!;
      const { shape } = c.type(0);
      const apart = reshape(
        c.dy,
        shape.flatMap((d, i) => [repeats[i]!, d]),
      );
      const axes = repeats.map((_, i) => 2 * i);
      return [reshape(apply1('ReduceSum', [apart, ints(axes)], { keepdims: 0 }), shape), undefined];
    },
  },
);
