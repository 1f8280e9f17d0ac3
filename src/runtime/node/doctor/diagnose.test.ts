import { expect, it } from 'vitest';
import { breakNative } from '../testing/break-native.ts';
import { type Check, diagnose } from './diagnose.ts';

const named = (checks: readonly Check[], name: Check['name']) => checks.find((c) => c.name === name);

it('finds what works here, and tells each line once', async () => {
  const told: Check[] = [];
  const result = await diagnose({ onCheck: (c) => told.push(c) });
  expect(told).toEqual(result.checks);
  expect([result.works, result.device]).toEqual([true, 'native']);
  expect(result.checks.map((c) => c.name)).toEqual([
    ...['node', 'machine', 'native', 'wasm', 'worker', 'webgpu', 'sharp', 'install'],
  ]);
  for (const name of ['node', 'native', 'wasm', 'worker', 'sharp'] as const) {
    expect(named(result.checks, name), name).toMatchObject({ state: 'ok' });
  }
  expect(named(result.checks, 'native')!.summary).toMatch(/^onnxruntime-node 1\.\S+ trains right; .* GFLOP\/s on one/);
  expect(named(result.checks, 'wasm')!.summary).toMatch(/SIMD; .* GFLOP\/s/);
});

it('goes on where the native library is missing', async () => {
  const result = await diagnose({
    execArgv: breakNative("Cannot find package 'onnxruntime-node' imported from /a.js"),
  });
  expect([result.works, result.device]).toEqual([true, 'wasm']);
  expect(named(result.checks, 'native')).toMatchObject({
    state: 'no',
    summary: expect.stringMatching(/not installed.*ONNXRUNTIME_NODE_INSTALL=skip/),
  });
  expect(named(result.checks, 'worker')!.summary).toMatch(/^onnxruntime-web/);
  expect(named(result.checks, 'webgpu')).toBeUndefined();
});

it('ends when nothing works and nothing answers', async () => {
  const result = await diagnose({ seconds: 0.05 });
  expect([result.works, result.device]).toEqual([false, null]);
  expect(named(result.checks, 'native')).toMatchObject({
    state: 'no',
    summary: 'it was stopped after 0.05 s',
    advice: expect.stringMatching(/YOSEGI_DEVICE=wasm/),
  });
});
