import { messageOf } from '../../../base/errors.ts';
import type { LoadOptions, Program } from '../../runtime.ts';
import { webRuntime } from '../web.ts';
import { fromBase64, receive, type Sent, send } from './tensors.ts';

/** For remote.ts: a page that runs programs for a test in Node. */
const programs: Program[] = [];
let opened: ReturnType<typeof webRuntime> | undefined;

const calls = {
  async open(provider: 'wasm' | 'webgpu', wasmPaths: string) {
    // The build of the library that has WebGPU; the runtime's own choice has WebAssembly alone.
    opened = webRuntime({ provider, wasmPaths, load: () => import('onnxruntime-web/webgpu') });
    return (await opened).version;
  },
  async load(model: string, options: LoadOptions) {
    const program = await (await opened!).load(fromBase64(model), options);
    return { program: programs.push(program) - 1, inputs: program.inputs, outputs: program.outputs };
  },
  async run(program: number, feeds: Readonly<Record<string, Sent>>) {
    const given = Object.entries(feeds).map(([name, t]) => [name, receive(t)] as const);
    const results = await programs[program]!.run(Object.fromEntries(given));
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, send(t)]));
  },
  async close(program: number) {
    await programs[program]!.close();
  },
};

/** Does one call; its answer, or the error’s message, as JSON. */
async function remote(name: keyof typeof calls, args: readonly never[]): Promise<string> {
  try {
    const call: (...args: never[]) => Promise<unknown> = calls[name];
    return JSON.stringify({ answer: await call(...args) });
  } catch (error) {
    return JSON.stringify({ error: messageOf(error) });
  }
}

Object.assign(globalThis, { remote });
