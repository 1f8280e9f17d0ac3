import { check } from '../../base/errors.ts';
import { i64, sizeOf, toNumbers } from '../../base/tensor.ts';
import { independent, likeFirst, unrelated } from '../channel-context.ts';
import { productOf } from '../dim.ts';
import { apply1, register } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import * as dims from './dims.ts';
import { given } from './host.ts';
import { evaluateConstantOfShape, evaluateRange, evaluateTrilu } from './host-layout.ts';
import { shapeInput } from './known.ts';

/** What is made of shapes and positions alone: sizes as numbers, ranges, constants, triangles. */

register(
  {
    name: 'Trilu',
    channels: (c) => {
      for (const a of c.in(0).slice(-2)) a.fix();
      return likeFirst(c);
    },
    evaluate: evaluateTrilu,
    infer: (c) => [c.type(0)],
    gradient: (c) => [apply1('Trilu', [c.dy, c.inputs[1]], { upper: c.attrs.int('upper') }), undefined],
  },
  {
    name: 'Shape',
    typeOnly: true,
    channels: independent,
    dims: ({ node, attrs }) => {
      const { shape } = node.inputs[0]!.type;
      return shape.slice(attrs.int('start'), attrs.has('end') ? attrs.int('end') : undefined);
    },
    evaluate: (inputs, attrs) => {
      const { shape } = given(inputs, 0);
      const part = shape.slice(attrs.int('start'), attrs.has('end') ? attrs.int('end') : undefined);
      return [i64([part.length], part)];
    },
    infer: (c) => {
      const { length } = c.type(0).shape;
      const end = c.attrs.has('end') ? c.attrs.int('end') : length;
      return [{ dtype: 'int64', shape: [c.type(0).shape.slice(c.attrs.int('start'), end).length] }];
    },
    gradient: 'stops',
  },
  {
    name: 'Size',
    typeOnly: true,
    channels: independent,
    dims: ({ node }) => [productOf(node.inputs[0]!.type.shape)],
    evaluate: (inputs) => [i64([], [sizeOf(given(inputs, 0).shape)])],
    infer: () => [{ dtype: 'int64', shape: [] }],
    gradient: 'stops',
  },
  {
    name: 'ConstantOfShape',
    channels: unrelated,
    dims: ({ attrs, input }) => {
      const value = attrs.tensor('value');
      return dims.repeated(input(0), value ? toNumbers(value)[0] : 0);
    },
    evaluate: evaluateConstantOfShape,
    infer: (c) => [{ dtype: c.attrs.tensor('value')?.dtype ?? 'float32', shape: shapeInput(c, 0) }],
    gradient: 'stops',
  },
  {
    name: 'Range',
    gradient: 'stops',
    channels: unrelated,
    evaluate: evaluateRange,
    infer: (c) => {
      const whole = shapeValue(c.inputs[1])?.[0];
      const ends = [0, 2].map((i) => shapeValue(c.inputs[i])?.[0]);
      // 0, 1, … as many as a dimension that is a symbol.
      if (typeof whole === 'string' && ends[0] === 0 && ends[1] === 1)
        return [{ dtype: c.type(0).dtype, shape: [whole] }];
      const [start, limit, delta] = [0, 1, 2].map((i) => shapeValue(c.inputs[i])?.[0]);
      const known = typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number';
      check(known, 'the range must be known: a constant, or made of the sizes of inputs');
      return [{ dtype: c.type(0).dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
    },
  },
  {
    name: 'EyeLike',
    typeOnly: true,
    channels: unrelated,
    infer: (c) => [c.type(0)],
    gradient: 'stops',
  },
);
