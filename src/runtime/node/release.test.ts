import { expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { matmul } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { input, param } from '../../graph/value.ts';
import { compile, type Runtime } from '../runtime.ts';
import { nativeRuntime } from './native.ts';
import { workerRuntime } from './worker.ts';

const SIDE = 512;
/** A product with a constant of 1 MiB: a session that is not released keeps it, and more. */
const model = graph({
  y: matmul(input('x', 'float32', [1, SIDE]), param('w', [SIDE, SIDE], { kind: 'constant', value: 0 }, 'frozen')),
});
const constants = new Map([['w', f32([SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(0.5))]]);
const x = f32([1, SIDE], new Float32Array(SIDE).fill(1));

async function openAndClose(runtime: Runtime, times: number): Promise<number> {
  for (let i = 0; i < times; i++) {
    const program = await compile(runtime, model, { constants });
    expect((await program.run({ x: { ...x, data: x.data.slice() } })).y!.data[0]).toBe(SIDE / 2);
    await program.close();
  }
  return process.memoryUsage().rss / 2 ** 20;
}

it.each([
  ['in this thread', () => nativeRuntime({ threads: 2 })],
  ['in a worker', () => workerRuntime({ device: 'native', threads: 2 })],
])('three hundred programs %s, opened, run and closed, leave memory as it was', async (_, open) => {
  const runtime = await open();
  const before = await openAndClose(runtime, 60);
  const after = await openAndClose(runtime, 240);
  await runtime.close();
  // Unreleased they would take 240 MiB and more; what the garbage collector has not come to moves by some.
  expect(after - before).toBeLessThan(60);
});
