import { expect, it } from 'vitest';
import { atLeast, cpuFeatures, describeMachine } from './machine.ts';

it('reads vector instructions from /proc/cpuinfo', () => {
  const x86 = 'processor\t: 0\nmodel name\t: some CPU\nflags\t\t: fpu sse2 avx f16c avx2 avx512f fma\nbugs\t\t: none\n';
  expect(cpuFeatures(x86)).toEqual(['AVX', 'AVX2', 'FMA', 'F16C', 'AVX-512']);
  expect(cpuFeatures('processor\t: 0\nFeatures\t: fp asimd asimddp\n')).toEqual(['NEON', 'NEON-DotProd']);
  expect(cpuFeatures('flags\t\t: fpu sse2\n')).toEqual([]);
  expect(cpuFeatures('')).toBeNull();
});

it.each([
  ['20.19.0', true],
  ['20.20.1', true],
  ['22.0.0', true],
  ['20.18.9', false],
  ['18.99.99', false],
  ['21.0.0-nightly', true],
  ['20.19.0-rc.1', true],
])('version %s against the floor: %s', (version, expected) => {
  expect(atLeast(version, '20.19.0')).toBe(expected);
});

it('describes this machine', async () => {
  const m = await describeMachine();
  expect(m).toMatchObject({ node: process.versions.node, platform: process.platform, arch: process.arch });
  expect(m.cores).toBeGreaterThanOrEqual(1);
  expect(m.memoryGiB).toBeGreaterThanOrEqual(m.freeGiB);
});
