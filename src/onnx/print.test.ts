import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { ints } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { apply } from '../graph/op.ts';
import { constant, input } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { toOnnx } from './print.ts';
import { tensorFromProto } from './wire/tensor.ts';

it.each([0, 1, 2])(
  'splits where only part %i is read, as in the gradient of a concatenation with frozen parts',
  async (part) => {
    const parts = apply('Split', [input('x', 'float32', ['N', 6]), ints([1, 2, 3])], { axis: 1 });
    const shift = constant(f32([1], [1]));
    const program = await compile(await nativeRuntime(), graph({ y: apply('Add', [parts[part], shift])[0]! }));
    const { y } = await program.run({
      x: f32(
        [2, 6],
        Array.from({ length: 12 }, (_, i) => i),
      ),
    });
    await program.close();
    const columns = [[0], [1, 2], [3, 4, 5]][part]!;
    expect(Array.from(y!.data as Float32Array)).toEqual([0, 6].flatMap((row) => columns.map((c) => row + c + 1)));
  },
);

describe('zeros around a map before its maximum pooling', () => {
  const x = input('x', 'float32', ['N', 2, 6, 6]);
  const pads = ints([0, 0, 1, 1, 0, 0, 1, 1]);
  const pooled = (fill?: number) => {
    const rest = fill === undefined ? [] : [constant(f32([], [fill]))];
    return apply('MaxPool', apply('Pad', [x, pads, ...rest]), { kernel_shape: [3, 3], strides: [2, 2] })[0]!;
  };
  // Everything is negative: at the borders the zeros are the largest.
  const image = f32(
    [1, 2, 6, 6],
    Array.from({ length: 72 }, (_, i) => -1 - (i % 7)),
  );

  it.each([undefined, 0])('stay zeros whatever the runtime optimises, filled with %s', async (fill) => {
    const runtime = await nativeRuntime();
    const answers = [];
    for (const optimize of ['none', 'all'] as const) {
      const program = await compile(runtime, graph({ y: pooled(fill) }), { optimize });
      answers.push([...((await program.run({ x: image })).y!.data as Float32Array)]);
      await program.close();
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]!.filter((v) => v === 0)).toHaveLength(10);
  });

  it('and other numbers stay what they are', () => {
    const [fill] = toOnnx(graph({ y: pooled(-1) })).graph.initializer.filter((t) => t.dims.length === 0);
    expect(tensorFromProto(fill!).data[0]).toBe(-1);
  });
});

it('counts thousands of unnamed values on, without a gap and without a name given twice', () => {
  let y = input('x', 'float32', [1]);
  for (let i = 0; i < 3000; i++) y = apply('Add', [y, constant(f32([1], [i]))])[0]!;
  const { node, initializer } = toOnnx(graph({ y })).graph;
  expect(initializer.map((t) => t.name)).toEqual(
    Array.from({ length: 3000 }, (_, i) => (i === 0 ? 'const' : `const_${i}`)),
  );
  expect(new Set(node.flatMap((n) => n.output)).size).toBe(3000);
});

it.each([0, 1])('finds the smallest where only output %i of TopK is read', async (which) => {
  const x = input('x', 'float32', ['N', 5]);
  const found = apply('TopK', [x, ints([2])], { axis: 1, largest: 0 });
  const program = await compile(await nativeRuntime(), graph({ y: found[which]! }));
  const { y } = await program.run({ x: f32([1, 5], [4, 1, 3, 0, 2]) });
  await program.close();
  expect(Array.from(y!.data as Float32Array, Number)).toEqual(
    [
      [0, 1],
      [3, 1],
    ][which],
  );
});
