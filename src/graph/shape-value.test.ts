import { describe, expect, it } from 'vitest';
import { type DType, f32, i64, tensor } from '../base/tensor.ts';
import { add, concat, div, equal, gather, ints, mul, reshape, shapeOf, sub, where } from './build.ts';
import './graph.ts';
import { apply, apply1 } from './op.ts';
import { shapeValue } from './shape-value.ts';
import { constant, input, type Value } from './value.ts';

const x = input('x', 'float32', ['N', 3, 8, 6]);
const n = gather(shapeOf(x), constant(i64([], [0])));
const h = gather(shapeOf(x), constant(i64([], [2])));
const at = (v: Value, i: number) => gather(v, ints([i]));
const cast = (v: Value, to: DType) => apply1('Cast', [v], { to });
const scalar = (v: number) => constant(i64([], [v]));
const float = (v: number) => constant(f32([], [v]));
const slice = (v: Value, start: number, end: number, step = 1) =>
  apply1('Slice', [v, ints([start]), ints([end]), ints([0]), ints([step])]);

describe('shape values', () => {
  it.each<[string, Value, unknown]>([
    ['a shape', shapeOf(x), ['N', 3, 8, 6]],
    ['part of a shape', apply1('Shape', [x], { start: 1, end: -1 }), [3, 8]],
    ['an element', n, ['N']],
    ['a slice from the end', slice(shapeOf(x), -2, 2 ** 31), [8, 6]],
    ['a slice backwards', slice(shapeOf(x), -1, -(2 ** 31), -1), [6, 8, 3, 'N']],
    ['a slice by steps', slice(shapeOf(x), 0, 4, 2), ['N', 8]],
    ['joined', concat([at(shapeOf(x), 0), ints([-1])], 0), ['N', -1]],
    ['what is told of the rest of a vector', slice(sub(mul(shapeOf(x), ints([2])), ints([1])), 2, 4), [15, 11]],
    ['padding as MATLAB computes it', apply1('Relu', [sub(slice(shapeOf(x), 0, 3), ints([4]))]), undefined],
    ['its part that is known', slice(apply1('Relu', [sub(shapeOf(x), ints([7]))]), 1, 4), [0, 1, 0]],
    ['a sum of all', apply1('ReduceSum', [slice(shapeOf(x), 1, 4)]), [17]],
    ['a product', mul(n, h), ['8*N']],
    ['a product divided again', div(mul(n, h), scalar(4)), ['2*N']],
    ['a sum of the same symbol', add(n, n), ['2*N']],
    ['a difference', sub(mul(n, h), mul(n, h)), [0]],
    ['whole division', div(h, scalar(3)), [2]],
    ['real division', div(cast(h, 'float32'), float(3)), [8 / 3]],
    ['real division, cut', cast(div(cast(h, 'float32'), float(3)), 'int64'), [2]],
    ['real division, rounded up', apply1('Ceil', [div(cast(h, 'float32'), float(3))]), [3]],
    ['a fraction of a symbol', mul(cast(n, 'float32'), float(0.5)), undefined],
    ['a symbol rounded', apply1('Floor', [cast(n, 'float32')]), ['N']],
    [
      'a root',
      cast(apply1('Sqrt', [cast(gather(shapeOf(input('y', 'float32', [16])), scalar(0)), 'float32')]), 'int64'),
      [4],
    ],
    ['a remainder', apply1('Mod', [h, scalar(5)]), [3]],
    ['a remainder of a multiple', apply1('Mod', [mul(n, scalar(4)), scalar(2)]), [0]],
    ['the larger', apply1('Max', [n, scalar(1)]), ['N']],
    ['the smaller', apply1('Min', [n, scalar(1)]), [1]],
    ['the larger of unknown ones', apply1('Max', [n, scalar(2)]), undefined],
    ['no size is -1', equal(shapeOf(x), ints([-1, -1, -1, -1])), [0, 0, 0, 0]],
    ['a size may be 2', equal(n, scalar(2)), undefined],
    ['a choice', where(equal(shapeOf(x), ints([-1, 3, -1, 6])), ints([1]), shapeOf(x)), ['N', 1, 8, 1]],
    ['filled', apply1('ConstantOfShape', [ints([3])], { value: i64([1], [7]) }), [7, 7, 7]],
    ['filled without a value', apply1('ConstantOfShape', [ints([2])]), [0, 0]],
    ['repeated', apply1('Expand', [at(shapeOf(x), 0), ints([2])]), ['N', 'N']],
    ['not', apply1('Not', [equal(h, scalar(8))]), [0]],
    ['multiplied up', apply1('ReduceProd', [shapeOf(x)], { keepdims: 0 }), ['144*N']],
    ['of two dimensions', reshape(shapeOf(x), [2, 2]), undefined],
    ['of the image', apply1('Cast', [x], { to: 'int64' }), undefined],
    ['a constant', constant(tensor('bool', [2], Uint8Array.of(1, 0))), [1, 0]],
  ])('%s', (_, value, expected) => {
    expect(shapeValue(value)).toEqual(expected);
  });

  it('parts', () => {
    const parts = apply('Split', [shapeOf(x), ints([1, 3])], { axis: 0 });
    expect(parts.map(shapeValue)).toEqual([['N'], [3, 8, 6]]);
  });

  it('ends where the text of a symbol would grow without end, and soon', () => {
    let v = n;
    for (let i = 0; i < 200; i++) v = i % 2 ? mul(v, v) : add(v, mul(n, n));
    const start = performance.now();
    expect(shapeValue(v)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(200);
  });
});
