import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { compile, type Runtime } from '../runtime.ts';
import { affine, heavy } from '../testing/models.ts';
import { startChild } from './child.ts';
import { workerRuntime } from './worker.ts';

const runtime = await workerRuntime();
afterAll(() => runtime.close());
const program = await compile(runtime, affine());
const b = () => f32([3], [1, 1, 1]);

/** A runtime of its own together with its thread. */
async function withThread(device: 'native' | 'wasm' = 'native'): Promise<[Runtime, Worker]> {
  const started = once(process, 'worker');
  const own = await workerRuntime({ device, threads: 1 });
  const [worker] = await started;
  return [own, worker];
}

describe('a runtime in a worker', () => {
  it('leaves the event loop free while it runs', async () => {
    const long = await compile(runtime, heavy(512, 60), { threads: 1 });
    const a = f32([512, 512], new Float32Array(512 * 512).fill(1));
    await long.run({ a });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 2);
    const start = performance.now();
    const out = await long.run({ a });
    const took = performance.now() - start;
    clearInterval(timer);
    expect(out.mean!.data[0]).toBeCloseTo(1, 4);
    // In this thread there would be none; timers on a busy machine are late, so few of them are asked for.
    expect(took).toBeGreaterThan(40);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });

  it('moves whole buffers instead of copying them', async () => {
    const x = f32([1, 3], [1, 2, 3]);
    const y = f32([1, 3]);
    const before = [x.data, y.data];
    await program.run({ x, b: b() }, { y });
    expect(before.map((d) => d.length)).toEqual([0, 0]);
    expect([...x.data, ...y.data]).toEqual([1, 2, 3, 2, 4, 6]);
  });

  it('sends only what the model wants', async () => {
    const other = f32([2], [7, 8]);
    const array = other.data;
    await program.run({ x: f32([1, 3], [1, 2, 3]), b: b(), other });
    expect(array.length).toBe(2);
  });

  it('takes memory that cannot be moved', async () => {
    const { Memory }: { Memory: new (pages: { initial: number }) => { buffer: ArrayBuffer } } = Reflect.get(
      globalThis,
      'WebAssembly',
    );
    // One page, all of it lent: only postMessage itself finds out.
    const page = new Float32Array(new Memory({ initial: 1 }).buffer).fill(2);
    const square = await compile(runtime, heavy(128, 1));
    const out = await square.run({ a: f32([128, 128], page) });
    expect(out.mean!.data[0]).toBeCloseTo(4, 4);
    expect([page.length, page[0]]).toEqual([128 * 128, 2]);
    const shared = f32([1, 3], new Float32Array(new SharedArrayBuffer(12)));
    await program.run({ x: f32([1, 3], [1, 2, 3]), b: b() }, { y: shared });
    expect([...shared.data]).toEqual([2, 4, 6]);
  });

  it('gives tensors back when a run fails', async () => {
    const x = f32([1, 4], [1, 2, 3, 4]);
    await expect(program.run({ x, b: b() })).rejects.toThrow(/Got: 4 Expected: 3/);
    expect([...x.data]).toEqual([1, 2, 3, 4]);
  });

  it('rejects what is under way, and all that follows, when the worker ends', async () => {
    // Not the native library: a thread that is terminated inside it takes the process along.
    const [own, worker] = await withThread('wasm');
    const p = await compile(own, affine());
    // Long enough that it cannot be over before the worker is.
    const long = await compile(own, heavy(512, 60));
    const running = long.run({ a: f32([512, 512]) });
    await Promise.all([
      worker.terminate(),
      expect(running).rejects.toThrow(/worker that runs the models ended.*open the runtime again/),
    ]);
    await expect(p.run({ x: f32([1, 3]), b: b() })).rejects.toThrow(/open the runtime again/);
    await expect(compile(own, affine())).rejects.toThrow(/open the runtime again/);
  });

  it('rejects with the reason when the worker throws', async () => {
    const [own, worker] = await withThread();
    const p = await compile(own, affine());
    const [, , outcome] = await Promise.allSettled([
      worker.postMessage({ id: 0, request: { kind: 'run', program: 1 } }),
      once(worker, 'exit'),
      p.run({ x: f32([1, 3]), b: b() }),
    ]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'YosegiError' } });
    expect(outcome.status === 'rejected' && outcome.reason.message).toMatch(/stopped: Cannot read properties.*again/);
  });

  it('finishes what it is at when it is closed, rejects what waits, and gives its tensors back', async () => {
    const own = await workerRuntime();
    const long = await compile(own, heavy(512, 200), { threads: 1 });
    const [a, b] = [f32([512, 512]), f32([512, 512])];
    const [first, second] = [long.run({ a }), long.run({ a: b })];
    // The first is under way by now.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [, one, two] = await Promise.allSettled([own.close(), first, second]);
    expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
    expect(two.status === 'rejected' && two.reason.message).toMatch(/closed; open it again/);
    expect([a.data.length, b.data.length]).toEqual([512 * 512, 512 * 512]);
    await own.close();
    await expect(long.run({ a })).rejects.toThrow(/was closed/);
  });

  it.each(['exit', 'close'])('does not bring the process down in the middle of a native run: %s', async (how) => {
    const child = startChild(import.meta.url, './testing/exit.child', [how]);
    let said = '';
    child.stderr!.on('data', (d) => {
      said += d;
    });
    const [code] = await once(child, 'close');
    expect([code, said]).toEqual([5, '']);
  });
});
