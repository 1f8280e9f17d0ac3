import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallRun } from '../run/node/testing/write-run.ts';
import { exportCommand } from './export.ts';
import { runCommand } from './testing/run-command.ts';
import { verifyCommand } from './verify.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-bundle-cli-'));
  await writeSmallRun(join(root, 'run'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const doExport = (...args: string[]) => runCommand(exportCommand(), args);
const doVerify = (...args: string[]) => runCommand(verifyCommand(), args);

describe('yosegi export and yosegi verify', () => {
  it('exports, verifies everywhere, and finds a changed byte', async () => {
    const run = join(root, 'run');
    const bundle = join(run, 'bundle');
    const first = await doExport(run);
    expect(first.err).toMatch(/note: golden inputs are drawn patterns/);
    expect(first.out).toMatch(/model\.onnx +\d/);
    await expect(doExport(run)).rejects.toThrow(/--force/);
    const manifest = JSON.parse((await doExport(run, '--force', '--no-pictures', '--softmax', '--json')).out);
    expect(manifest.outputs[0].name).toBe('probabilities');

    const good = await doVerify(bundle);
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/✓ 11 files .*✓ onnxruntime-node.*✓ onnxruntime-web.*The bundle is good/s);

    const file = join(bundle, 'weights.safetensors');
    const bytes = await readFile(file);
    bytes[1000]! ^= 4;
    await writeFile(file, bytes);
    const bad = await doVerify(bundle, '--device', 'native');
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/✗ weights\.safetensors was changed/);
    expect(bad.out).not.toContain('onnxruntime-node');
    expect(JSON.parse((await doVerify(bundle, '--json')).out)).toMatchObject({ ok: false });
  });

  it('sets the exit code where there is no bundle at all', async () => {
    const { code, out } = await doVerify(join(root, 'nowhere'), '--device', 'native');
    expect(code).toBe(1);
    expect(out).toMatch(/✗ manifest\.json is missing/);
  });
});
