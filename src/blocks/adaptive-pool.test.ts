import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { input } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { adaptiveAveragePool } from './adaptive-pool.ts';

/** The definition: every output is the mean of its bin. */
function expectedPool(data: Float32Array, [h, w]: [number, number], [oh, ow]: [number, number]): number[] {
  const bin = (i: number, from: number, to: number) =>
    [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)] as const;
  return Array.from({ length: oh * ow }, (_, k) => {
    const [top, bottom] = bin(Math.floor(k / ow), h, oh);
    const [left, right] = bin(k % ow, w, ow);
    let sum = 0;
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += data[y * w + x]!;
    return sum / ((bottom - top) * (right - left));
  });
}

it.each<[[number, number], [number, number]]>([
  [
    [14, 7],
    [7, 7],
  ],
  [
    [7, 7],
    [7, 7],
  ],
  [
    [10, 9],
    [7, 4],
  ],
  [
    [2, 3],
    [7, 7],
  ],
])('averages %s to %s as PyTorch divides it into bins', async (from, to) => {
  const data = Float32Array.from({ length: 2 * from[0] * from[1] }, (_, i) => Math.sin(i) + 0.1 * i);
  const x = input('x', 'float32', ['N', 2, ...from]);
  const g = graph({ y: adaptiveAveragePool(x, to) });
  const program = await compile(await nativeRuntime(), g, { target: 'standard' });
  const { y } = await program.run({ x: f32([1, 2, ...from], data) });
  await program.close();
  expect(y!.shape).toEqual([1, 2, ...to]);
  const half = data.length / 2;
  const expected = [data.subarray(0, half), data.subarray(half)].flatMap((c) => expectedPool(c, from, to));
  for (const [i, v] of expected.entries()) expect(Number(y!.data[i])).toBeCloseTo(v, 5);
});
