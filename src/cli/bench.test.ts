import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportBundle } from '../bundle/node/export.ts';
import { verifyBundle } from '../bundle/node/verify.ts';
import { importFolder } from '../imported/node/import-folder.ts';
import { fixturePath } from '../imported/testing/folder.ts';
import { benchmarkSchema } from '../measure/benchmark.ts';
import { writeSmallRun } from '../run/node/testing/write-run.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { benchCommand } from './bench.ts';
import { runCommand } from './testing/run-command.ts';

let run = '';
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'yosegi-bench-cli-'));
  await writeSmallRun(run);
});
afterAll(() => rm(run, { recursive: true, force: true }));

const bench = (...args: string[]) => runCommand(benchCommand(), args);
const quick = ['--seconds', '0.05', '--threads', '1', '--batches', '1,2'];

describe('yosegi bench', () => {
  it('measures a run, prints it and writes bench.json', async () => {
    const { out, err } = await bench(run, ...quick, '--watts', '60', '--price-per-kwh', '0.2', '--currency', 'JPY');
    expect(out).toContain('small (ascan-nano)');
    expect(out).toMatch(/assuming 60 W and 0\.2 JPY\/kWh/);
    expect(err).toContain('bench.json');
    const written = benchmarkSchema.parse(JSON.parse(await readFile(join(run, 'bench.json'), 'utf8')));
    expect(written.throughput.map((t) => [t.threads, t.batch])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(written.parameters).toBeGreaterThan(0);
    expect(written.macs).toBeGreaterThan(0);
    expect(written.cost.watts).toBe(60);
  });

  it('measures a bundle without touching it, and a bare .onnx file', async () => {
    const { folder, manifest } = await exportBundle({ run, force: true });
    const fromBundle = benchmarkSchema.parse(JSON.parse((await bench(folder, ...quick, '--json')).out));
    expect(fromBundle).toMatchObject({
      model: 'small',
      macs: manifest.model.macs,
      parameters: manifest.model.parameters,
    });
    expect((await verifyBundle(folder)).ok).toBe(true);
    const fromFile = benchmarkSchema.parse(
      JSON.parse((await bench(join(folder, 'model.onnx'), ...quick, '--json')).out),
    );
    expect(fromFile.macs).toBeNull();
    expect(fromFile.size).toEqual([32, 32]);
    expect(fromFile.fileBytes).toBe(fromBundle.fileBytes);
  });

  it('measures a model folder that import wrote', async () => {
    const runtime = await nativeRuntime({ threads: 1 });
    const model = join(run, 'imported');
    await importFolder(fixturePath('resnet-l13'), model, { preset: 'imagenet', runtime });
    await runtime.close();
    const { out } = await bench(model, ...quick, '--json');
    const measured = benchmarkSchema.parse(JSON.parse(out));
    expect(measured.macs).toBeGreaterThan(0);
    expect(measured.parameters).toBeGreaterThan(0);
    expect(measured.throughput).toHaveLength(2);
    await expect(readFile(join(model, 'bench.json'))).rejects.toThrow(/ENOENT/);
  });

  it('says what it can measure', async () => {
    await expect(bench(join(run, 'nothing'))).rejects.toThrow(/no run, no bundle, no model folder and no \.onnx file/);
    await expect(bench(run, '--threads', '0')).rejects.toThrow(/whole number/);
  });
});
