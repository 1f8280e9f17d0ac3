import { YosegiError } from '../../../base/errors.ts';
import type { Runtime } from '../../runtime.ts';
import { softwareGpu } from './chromium.ts';
import { openSite } from './site.ts';
import { receive, type Sent, send, toBase64 } from './tensors.ts';

interface Loaded {
  readonly program: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** For tests: ONNX Runtime with WebGPU, in a page of a Chromium whose GPU is the processor (SwiftShader). */
export async function softwareGpuRuntime(executablePath: string): Promise<Runtime> {
  const site = await openSite(executablePath, 'remote-page', softwareGpu);
  const { page, url, said } = await site.open('/');
  await page.waitForFunction('globalThis.remote');
  async function call<T>(name: string, ...args: unknown[]): Promise<T> {
    const text = await page.evaluate(`globalThis.remote(${JSON.stringify(name)}, ${JSON.stringify(args)})`);
    const { answer, error } = JSON.parse(String(text));
    if (error !== undefined) throw new YosegiError(`${error}\n${said.slice(-3).join('\n')}`);
    return answer;
  }
  const version = await call<string>('open', 'webgpu', `${url}ort/`);
  return {
    name: 'onnxruntime-web',
    version,
    threads: 1,
    gpu: true,
    async load(model, options = {}) {
      const { program, inputs, outputs } = await call<Loaded>('load', toBase64(model), options);
      return {
        inputs,
        outputs,
        async run(feeds) {
          const given = Object.fromEntries(Object.entries(feeds).map(([n, t]) => [n, send(t)]));
          const results = await call<Record<string, Sent>>('run', program, given);
          return Object.fromEntries(Object.entries(results).map(([n, t]) => [n, receive(t)]));
        },
        close: () => call('close', program),
      };
    },
    close: () => site.close(),
  };
}
