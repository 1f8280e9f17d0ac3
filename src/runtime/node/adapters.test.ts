import { afterAll, describe, expect, it } from 'vitest';
import { allocate, type DType, dtypes, f32, type Tensor, tensor } from '../../base/tensor.ts';
import { cast } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { compile, type Runtime } from '../runtime.ts';
import { affine } from '../testing/models.ts';
import { nativeRuntime } from './native.ts';
import { wasmRuntime } from './wasm.ts';
import { workerRuntime } from './worker.ts';

const adapters: [string, () => Promise<Runtime>][] = [
  ['native', () => nativeRuntime()],
  ['wasm', () => wasmRuntime()],
  ['native in a worker', () => workerRuntime({ device: 'native' })],
  ['wasm in a worker', () => workerRuntime({ device: 'wasm' })],
];

describe.each(adapters)('%s', async (_, open) => {
  const runtime = await open();
  afterAll(() => runtime.close());

  it('says what it is', () => {
    expect(runtime.name).toMatch(/^onnxruntime-(node|web)$/);
    expect(runtime.version).toMatch(/^1\.\d+\.\d+/);
    expect(runtime.threads).toBeGreaterThanOrEqual(1);
  });

  it('runs, at any batch size', async () => {
    const program = await compile(runtime, affine());
    expect([...program.inputs].sort()).toEqual(['b', 'x']);
    expect(program.outputs).toEqual(['y', 'z']);
    const b = f32([3], [10, 20, 30]);
    const out = await program.run({ x: f32([2, 3], [1, 2, 3, 4, 5, 6]), b });
    expect(out.z).toMatchObject({ dtype: 'float32', shape: [2, 3] });
    expect([...(out.z!.data as Float32Array)]).toEqual([12, 24, 36, 18, 30, 42]);
    const one = await program.run({ x: f32([1, 3], [1, 1, 1]), b });
    expect([...(one.z!.data as Float32Array)]).toEqual([12, 22, 32]);
    await program.close();
  });

  it('reads views of one buffer and writes into views of another, in place', async () => {
    const program = await compile(runtime, affine());
    const fed = new Float32Array(9).map((_, i) => i);
    const feeds = { x: f32([2, 3], fed.subarray(3, 9)), b: f32([3], fed.subarray(0, 3)) };
    const flat = new Float32Array(12).fill(-1);
    const into = { z: f32([2, 3], flat.subarray(6, 12)), y: f32([2, 3], flat.subarray(0, 6)) };
    const out = await program.run(feeds, into);
    expect(out.y).toBe(into.y);
    expect(out.z).toBe(into.z);
    const whole = [...new Float32Array(into.y.data.buffer)];
    expect(whole).toEqual([6, 8, 10, 12, 14, 16, 6, 9, 12, 12, 15, 18]);
    // The same Tensors serve again, still views of one buffer, the fed ones unchanged.
    expect(into.z.data.buffer).toBe(into.y.data.buffer);
    expect([...feeds.x.data, ...feeds.b.data]).toEqual([3, 4, 5, 6, 7, 8, 0, 1, 2]);
    feeds.b.data[0] = 100;
    await program.run(feeds, into);
    expect([...into.z.data]).toEqual([106, 9, 12, 112, 15, 18]);
    await program.close();
  });

  it('fills only the outputs that it is given tensors for', async () => {
    const program = await compile(runtime, affine());
    const z = f32([1, 3]);
    const out = await program.run({ x: f32([1, 3], [1, 2, 3]), b: f32([3], [1, 1, 1]) }, { z });
    expect([...z.data]).toEqual([3, 5, 7]);
    expect([...(out.y!.data as Float32Array)]).toEqual([2, 4, 6]);
  });

  it('answers runs that were started together, also over the same tensors', async () => {
    const program = await compile(runtime, affine());
    const x = f32([1, 3], [1, 2, 3]);
    const b = f32([3], [5, 5, 5]);
    const all = await Promise.all(
      [0, 1, 2, 3].map((i) => program.run({ x, b: i % 2 ? b : f32([3], [i, i, i]) }, i > 1 ? { y: f32([1, 3]) } : {})),
    );
    expect(all.map((o) => o.z!.data[2])).toEqual([6, 11, 8, 11]);
    expect(all.map((o) => o.y!.data[1])).toEqual([4, 4, 4, 4]);
    expect([...x.data]).toEqual([1, 2, 3]);
  });

  it('carries every element type', async () => {
    const carried = dtypes.filter((d) => d !== 'bfloat16');
    const inputs = carried.map((d) => cast(input(d, d, [2]), 'float32'));
    const floats = carried.filter((d) => d === 'float16').map((d) => cast(input('wide', 'float32', [2]), d));
    const program = await compile(
      runtime,
      graph({ ...Object.fromEntries(inputs.map((v, i) => [`${carried[i]}:out`, v])), half: floats[0]! }),
    );
    const one = (d: DType): Tensor => {
      const data = allocate(d, 2);
      if (d === 'float16') data.set([0x3c00, 0x3c00] as never);
      else if (d === 'int64' || d === 'uint64') data.set([1n, 1n] as never);
      else data.set([1, 1] as never);
      return tensor(d, [2], data);
    };
    const feeds = Object.fromEntries(carried.map((d) => [d, one(d)]));
    const out = await program.run({ ...feeds, wide: f32([2], [1, -2]) });
    for (const d of carried.filter((c) => c !== 'float32'))
      expect([d, ...Array.from(out[`${d}:out`]!.data as Float32Array)]).toEqual([d, 1, 1]);
    expect(out.half).toEqual({ dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) });
  });

  it('explains what is wrong and goes on', async () => {
    const program = await compile(runtime, affine());
    const x = f32([1, 3], [1, 2, 3]);
    const b = f32([3]);
    await expect(program.run({ x })).rejects.toThrow(/missing: b/);
    await expect(program.run({ x, b }, { q: f32([1]) })).rejects.toThrow(/gives y, z; it has no q/);
    await expect(program.run({ x: f32([1, 4]), b })).rejects.toThrow(/input: x[\s\S]*Got: 4 Expected: 3/);
    await expect(program.run({ x, b }, { z: f32([5, 3]) })).rejects.toThrow(/5,3/);
    await expect(runtime.load(new Uint8Array([1, 2, 3]))).rejects.toThrow(/does not load the model.*protobuf/);
    const out = await program.run({ x, b });
    expect([...(out.z!.data as Float32Array)]).toEqual([2, 4, 6]);
    const [late] = await Promise.all([program.run({ x, b }), program.close()]);
    expect(late.z!.data[0]).toBe(2);
    await expect(program.run({ x, b })).rejects.toThrow(/closed/);
  });
});
