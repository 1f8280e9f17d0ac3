import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import { startChild } from './child.ts';
import { openRuntime } from './open.ts';
import { breakNative } from './testing/break-native.ts';

async function inChild(mode: 'direct' | 'worker', execArgv: string[]) {
  const child = startChild(import.meta.url, './testing/open.child', [mode], { execArgv });
  let text = '';
  child.stderr!.on('data', (d) => {
    text += d;
  });
  let message: unknown;
  child.on('message', (m) => {
    message = m;
  });
  const [code] = await once(child, 'exit');
  expect(code, text).toBe(0);
  return message;
}

afterEach(() => {
  delete process.env.YOSEGI_DEVICE;
});

describe('openRuntime', () => {
  it('takes native where it loads', async () => {
    const notices: string[] = [];
    const runtime = await openRuntime({ onNotice: (m) => notices.push(m), threads: 1 });
    expect([runtime.name, runtime.threads, notices]).toEqual(['onnxruntime-node', 1, []]);
  });

  it('falls back to WASM, once, and says why', async () => {
    const notices: string[] = [];
    const wasm = await openRuntime({ device: 'wasm' });
    const runtime = await openRuntime({
      onNotice: (m) => notices.push(m),
      openers: { native: () => Promise.reject(new YosegiError('no such library')), wasm: async () => wasm },
    });
    expect(runtime).toBe(wasm);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^no such library\. Running on WebAssembly instead/);
  });

  it('does not fall back from what was asked for', async () => {
    const openers = { native: () => Promise.reject(new YosegiError('no such library')), wasm: () => Promise.reject() };
    await expect(openRuntime({ device: 'native', openers })).rejects.toThrow('no such library');
  });

  it('obeys YOSEGI_DEVICE unless a device is asked for', async () => {
    process.env.YOSEGI_DEVICE = 'wasm';
    expect((await openRuntime()).name).toBe('onnxruntime-web');
    expect((await openRuntime({ device: 'native' })).name).toBe('onnxruntime-node');
    process.env.YOSEGI_DEVICE = 'wsam';
    await expect(openRuntime()).rejects.toThrow(/YOSEGI_DEVICE\) 'wsam'; did you mean 'wasm'/);
    await expect(openRuntime({ threads: 0 })).rejects.toThrow(/at least 1, got 0/);
  });

  // Whole processes, in which the package is really not to be had.
  it.each(['direct', 'worker'] as const)(
    'survives a missing onnxruntime-node (%s) and lets the process end',
    async (mode) => {
      const said = await inChild(mode, breakNative("Cannot find package 'onnxruntime-node' imported from /app/x.js"));
      expect(said).toEqual({
        name: 'onnxruntime-web',
        z: [3, 5, 7],
        notices: [expect.stringMatching(/not installed.*ONNXRUNTIME_NODE_INSTALL=skip.*Running on WebAssembly/)],
      });
    },
  );

  it.each(['direct', 'worker'] as const)(
    'lets a process end that never closes its native runtime (%s)',
    async (mode) => {
      expect(await inChild(mode, [])).toEqual({ name: 'onnxruntime-node', z: [3, 5, 7], notices: [] });
    },
  );
});
