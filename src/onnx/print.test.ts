import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { ints } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { apply } from '../graph/op.ts';
import { constant, input } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';

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
