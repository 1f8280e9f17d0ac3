import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preprocessing } from '../../data/preprocess.ts';
import { classifier } from '../../models/model.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { writeModelFile } from '../../onnx/node/files.ts';
import { toOnnx } from '../../onnx/print.ts';
import { encodeModel } from '../../onnx/wire/model.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { wasmRuntime } from '../../runtime/node/wasm.ts';
import { benchmarkSchema } from '../benchmark.ts';
import { benchmarkText } from '../benchmark-text.ts';
import { inputsOf, randomFeeds } from '../feeds.ts';
import { measureProgram } from '../measure-program.ts';
import { benchmarkFile } from './benchmark.ts';
import { measureFootprint } from './memory.ts';

const g = classifier(
  createModel('ascan-nano', { size: 32, classes: 3 }, { layout: 'C|C|CT|T', widths: [32, 32, 32, 64] }),
);
const weights = initialValues(g, 1);
const model = toOnnx(g, { constants: weights });
let folder = '';
let file = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-bench-'));
  file = join(folder, 'model.onnx');
  await writeModelFile(file, model);
  await sharp({ create: { width: 90, height: 60, channels: 3, background: '#a41' } }).toFile(
    join(folder, 'picture.png'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quick = { seconds: 0.1, runs: 20, warmup: 1 };

describe('benchmarkFile', () => {
  it('measures a model on this machine: every pair, load, memory, a picture, the cost', async () => {
    const shares: number[] = [];
    const b = await benchmarkFile(file, {
      runtime: await nativeRuntime(),
      model: 'small',
      threads: [1, 2],
      batches: [4, 1],
      ...quick,
      picture: {
        file: join(folder, 'picture.png'),
        preprocessing: preprocessing({ size: 32 }),
      },
      onProgress: ({ share }) => shares.push(share),
    });
    expect(benchmarkSchema.parse(JSON.parse(JSON.stringify(b)))).toEqual(b);
    expect(b.latency.map((l) => [l.threads, l.batch])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(b.throughput.map((t) => [t.threads, t.batch])).toEqual([
      [1, 1],
      [1, 4],
      [2, 1],
      [2, 4],
    ]);
    for (const l of b.latency) {
      expect(l.p50).toBeGreaterThan(0);
      expect(l.p99).toBeGreaterThanOrEqual(l.p50);
      expect(l.runs).toBeGreaterThanOrEqual(3);
    }
    const best = Math.max(...b.throughput.map((t) => t.imagesPerSecond));
    expect(b.cost.secondsPerMillion).toBeCloseTo(1e6 / best, 6);
    expect(b.size).toEqual([32, 32]);
    const stored = [...weights.values()].reduce((n, t) => n + t.data.length, 0);
    expect(b.parameters).toBeGreaterThanOrEqual(stored);
    expect(b.memoryMiB).toBeGreaterThan(0);
    expect(b.processMiB).toBeGreaterThan(b.memoryMiB!);
    expect(b.preprocessMs).toBeGreaterThan(0);
    expect(shares.at(-1)).toBe(1);
    const text = benchmarkText(b);
    expect(text).toContain(b.machine.runtime);
    expect(text).toMatch(/assuming 45 W and 0\.3 EUR\/kWh/);
  });

  it('says which file cannot be read', async () => {
    const runtime = await nativeRuntime();
    await expect(benchmarkFile(join(folder, 'none.onnx'), { runtime })).rejects.toThrow(
      /cannot read the model .*none\.onnx/,
    );
  });
});

it('measures on the WASM runtime in the same way', async () => {
  const runtime = await wasmRuntime({ threads: 1 });
  const inputs = inputsOf(model);
  const m = await measureProgram(runtime, encodeModel(model), (batch) => randomFeeds(inputs, batch), {
    ...quick,
    batches: [1, 2],
  });
  await expect(
    measureProgram(runtime, encodeModel(model), (batch) => randomFeeds(inputs, batch), { ...quick, threads: [1, 2] }),
  ).rejects.toThrow(/share the 1 thread/);
  expect(m.latency).toHaveLength(1);
  expect(m.throughput.map((t) => [t.threads, t.batch])).toEqual([
    [1, 1],
    [1, 2],
  ]);
});

it('tells why the process that measures memory failed', async () => {
  const task = {
    model: join(folder, 'none.onnx'),
    runtime: 'onnxruntime-node',
    threads: 1,
    batch: 1,
    runs: 1,
  } as const;
  await expect(measureFootprint(task)).rejects.toThrow(/ENOENT/);
});
