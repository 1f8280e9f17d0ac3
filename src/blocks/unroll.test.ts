import fc from 'fast-check';
import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { mul } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { constant, input, type Value } from '../graph/value.ts';
import { rootScope } from '../nn/scope.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { poolTokens } from './mask-unit-attention.ts';
import { inRasterOrder, reroll, unroll } from './unroll.ts';

/** The numbers of tokens [batch, tokens, 1] that hold 0, 1, 2, … after `transform`. */
async function order(batch: number, tokens: number, transform: (x: Value) => Value): Promise<number[]> {
  const x = input('x', 'float32', ['N', tokens, 1]);
  const program = await compile(await nativeRuntime(), graph({ y: transform(x) }));
  const data = Float32Array.from({ length: batch * tokens }, (_, i) => i);
  const { y } = await program.run({ x: f32([batch, tokens, 1], data) });
  await program.close();
  return Array.from(y!.data, Number);
}

/** Where token (y, x) goes: its place in ever larger cells first, the cell's own number last. */
function place(y: number, x: number, width: number, times: number, tokens: number): number {
  let [index, cells, row, column] = [0, tokens, y, x];
  for (let i = 0; i < times; i++) {
    cells /= 4;
    index += (2 * (row % 2) + (column % 2)) * cells;
    [row, column] = [Math.floor(row / 2), Math.floor(column / 2)];
  }
  return index + row * (width / 2 ** times) + column;
}

it('puts every token where the formula of the order says, and back', async () => {
  const case_ = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    times: fc.integer({ min: 0, max: 3 }),
    rows: fc.integer({ min: 1, max: 3 }),
    columns: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(case_, async ({ batch, times, rows, columns }) => {
      const [height, width] = [rows * 2 ** times, columns * 2 ** times];
      const tokens = height * width;
      const expected = new Array<number>(batch * tokens);
      for (let i = 0; i < batch * tokens; i++) {
        const at = i % tokens;
        expected[i - at + place(Math.floor(at / width), at % width, width, times, tokens)] = i;
      }
      const grid = [height, width] as const;
      expect(await order(batch, tokens, (x) => unroll(x, grid, times))).toEqual(expected);
      const there = (x: Value) => reroll(unroll(x, grid, times), grid, times);
      expect(await order(batch, tokens, there)).toEqual(expected.map((_, i) => i));
    }),
    { numRuns: 15 },
  );
});

it('makes pooling of tokens a 2×2 max pooling of the grid', async () => {
  const pooled = (x: Value) => reroll(poolTokens(unroll(x, [4, 8], 2), 4), [2, 4], 1);
  expect(await order(1, 32, pooled)).toEqual([9, 11, 13, 15, 25, 27, 29, 31]);
});

it('shows a mixer its tokens row by row', async () => {
  const rows = constant(
    f32(
      [1, 16, 1],
      Float32Array.from({ length: 16 }, (_, i) => i),
    ),
  );
  const squared = inRasterOrder((_, x) => mul(x, rows), [4, 4], 2);
  const there = (x: Value) => reroll(squared(rootScope(), unroll(x, [4, 4], 2)), [4, 4], 2);
  expect(await order(1, 16, there)).toEqual(Array.from({ length: 16 }, (_, i) => i * i));
});
