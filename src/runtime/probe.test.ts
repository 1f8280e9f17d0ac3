import { describe, expect, it } from 'vitest';
import { nativeRuntime } from './node/native.ts';
import { wasmRuntime } from './node/wasm.ts';
import { checkGradient, matmulSpeed } from './probe.ts';
import type { Runtime } from './runtime.ts';

describe.each([
  ['native', nativeRuntime],
  ['wasm', wasmRuntime],
] as const)('%s', async (_, open) => {
  const runtime = await open({ threads: 1 });

  it('calculates right', async () => {
    expect(await checkGradient(runtime)).toBeLessThan(0.004);
  });

  it('has a speed', async () => {
    expect(await matmulSpeed(runtime, { milliseconds: 20 })).toBeGreaterThan(0.5);
  });
});

it('notices a runtime that calculates a little wrong', async () => {
  const right = await nativeRuntime({ threads: 1 });
  const wrong: Runtime = {
    ...right,
    load: async (model, options) => {
      const program = await right.load(model, options);
      return {
        ...program,
        run: async (feeds) => {
          const out = await program.run(feeds);
          const g = out['grad:kernel']!.data as Float32Array;
          g.forEach((x, i) => {
            g[i] = 1.02 * x;
          });
          return out;
        },
      };
    },
  };
  await expect(checkGradient(wrong)).rejects.toThrow(/calculates wrongly/);
});
