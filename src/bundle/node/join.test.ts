import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { preprocessing } from '../../data/preprocess.ts';
import { writeSmallRun } from '../../run/node/testing/write-run.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { writeSafetensors } from '../../weights/node/files.ts';
import { joinRuns } from './join.ts';
import { verifyBundle } from './verify.ts';

const runtime = await nativeRuntime();
let root = '';
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-joined-'));
  for (const [name, scale] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    const weights = await writeSmallRun(at(name));
    for (const [key, t] of weights) if (key.startsWith('head.')) t.data.set(t.data.map((v) => v * scale));
    await writeSafetensors(join(at(name), 'best', 'model.safetensors'), weights);
  }
  await writeSmallRun(at('large'), { preprocessing: preprocessing({ size: 64, cropPct: 0.9 }) });
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('computes the common backbone once, and gives what each export gives', async () => {
  const joined = await joinRuns({ runs: [at('a'), at('b')], out: at('ab'), runtime });
  expect(joined.exact).toBe(true);
  expect(joined.manifest.outputs.map(({ name }) => name)).toEqual(['a/logits', 'b/logits']);
  expect(joined.macs.joined).toBeLessThan(0.55 * joined.macs.apart);
  for (const { macs, shared } of joined.members) expect(shared / macs).toBeGreaterThan(0.9);
  const { ok, findings, replays } = await verifyBundle(at('ab'), { runtimes: [runtime] });
  expect({ ok, findings, replays }).toMatchObject({ ok: true, findings: [] });
});

it('refuses pictures of two sizes, and says how to train', async () => {
  await expect(joinRuns({ runs: [at('a'), at('large')], out: at('no'), runtime })).rejects.toThrow(
    /size \[32,32\] and \[64,64\].*Train large again with --size 32/,
  );
});
