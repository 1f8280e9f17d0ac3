import { describe, expect, it } from 'vitest';
import { f32, i64 } from '../../base/tensor.ts';
import { fromOnnx } from '../read.ts';
import { encodeModel } from '../wire/model.ts';
import { runFile, runImported } from './testing/compare.ts';
import { int, modelOf, node } from './testing/wire.ts';

/** The larger numbers of a row, at most four, surest first, filled up to four: what detectors do with their boxes. */
const file = modelOf({
  opset: 17,
  inputs: { x: [1, 8] },
  initializers: {
    least: f32([], [0.5]),
    row: i64([1], [1]),
    zero: i64([1], [0]),
    one: i64([1], [1]),
    most: i64([1], [4]),
    flat: i64([1], [-1]),
    shape: i64([2], [1, 4]),
    all: f32([8], [1, 2, 3, 4, 5, 6, 7, 8]),
    first: i64([], [0]),
  },
  nodes: [
    node('Greater', ['x', 'least'], ['large']),
    node('NonZero', ['large'], ['where']),
    node('Gather', ['where', 'row'], ['places2']),
    node('Reshape', ['places2', 'flat'], ['places']),
    node('Reshape', ['x', 'flat'], ['numbers']),
    node('Gather', ['numbers', 'places'], ['kept']),
    // As many as there are, at most four: what is cut off is counted when it runs.
    node('Slice', ['kept', 'zero', 'most', 'zero'], ['some']),
    node('Shape', ['some'], ['count']),
    node('TopK', ['some', 'count'], ['best', 'order']),
    // As many of another row.
    node('Slice', ['all', 'zero', 'count', 'zero'], ['beside']),
    node('ReduceSum', ['beside'], ['total'], { keepdims: int(1) }),
    node('Add', ['best', 'total'], ['sum']),
    node('Sub', ['most', 'count'], ['missing']),
    node('Concat', ['zero', 'missing'], ['pads'], { axis: int(0) }),
    node('Pad', ['sum', 'pads'], ['full']),
    node('Reshape', ['full', 'shape'], ['y']),
  ],
  outputs: ['y'],
});

describe('what is counted when a graph runs', () => {
  const { graph, weights, ...rest } = fromOnnx(file, { inputs: { x: [1, 8] } });
  const counts: readonly (readonly [string, readonly number[]])[] = [
    ['none', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['two', [0, 0.75, 0, 0, 0.875, 0, 0, 0]],
    ['more than are kept', [1, 2, 3, 4, 5, 6, 7, 8]],
  ];
  it.each(counts)('may be %s', async (_, numbers) => {
    const x = f32([1, 8], numbers);
    const { y: expected } = await runFile(encodeModel(file), { x });
    const { y } = await runImported({ graph, weights, ...rest }, { x });
    expect(y!.shape).toEqual([1, 4]);
    expect([...(y!.data as Float32Array)]).toEqual([...(expected!.data as Float32Array)]);
  });
});
