import { check } from '../../base/errors.ts';
import { fullLike, scatterElements } from '../build.ts';
import { unrelated } from '../channel-context.ts';
import { register } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import { evaluateNonZero, evaluateOneHot } from './host-index.ts';
import { axisOf } from './reduce.ts';

/** Operators that turn numbers into indices, or indices into numbers. */

register(
  {
    name: 'OneHot',
    channels: unrelated,
    evaluate: evaluateOneHot,
    infer: (c) => {
      const depth = shapeValue(c.inputs[1]);
      check(depth, 'the depth must be known when the graph is built');
      const { shape } = c.type(0);
      const axis = axisOf(c.attrs.int('axis'), shape.length + 1);
      return [{ dtype: c.type(2).dtype, shape: [...shape.slice(0, axis), depth[0]!, ...shape.slice(axis)] }];
    },
    gradient: 'stops',
  },
  {
    name: 'TopK',
    complete: true,
    channels: unrelated,
    infer: (c) => {
      const { dtype, shape } = c.type(0);
      const axis = axisOf(c.attrs.int('axis'), shape.length);
      const k = shapeValue(c.inputs[1]);
      // How many there are may hang on the numbers, as the boxes that a detector keeps do.
      const out = shape.map((d, i) => (i === axis ? (k?.[0] ?? '(top)') : d));
      return [
        { dtype, shape: out },
        { dtype: 'int64', shape: out },
      ];
    },
    gradient: (c) => {
      const axis = axisOf(c.attrs.int('axis'), c.type(0).shape.length);
      return [scatterElements(fullLike(c.in(0)), c.outputs[1]!, c.dy, axis, 'add'), undefined];
    },
  },
  {
    name: 'NonZero',
    gradient: 'stops',
    channels: unrelated,
    evaluate: evaluateNonZero,
    infer: (c) => [{ dtype: 'int64', shape: [c.type(0).shape.length, '(nonzero)'] }],
  },
);
