/**
 * The page's worker: it opens a bundle and makes pictures, so that the page stays free. What it imports here from `../../src` is
 * `yosegi/core` and `yosegi/tasks/generate` where the package is installed.
 */
import { type BundledMaker, messageOf, openBundledMaker, type Runtime, webRuntime } from '../../src/core.ts';
import { generate } from '../../src/tasks/generate/index.ts';
import { fetched } from '../browser/tab/fetched.ts';
import { onWasm } from '../browser/tab/on-wasm.ts';
import type { Asked, Making, Said, Wish } from './messages.ts';

/** ONNX Runtime's own files, beside this script. */
const wasmPaths = new URL('ort/', import.meta.url).href;

let maker: BundledMaker | undefined;

const say = (said: Said) => postMessage(said);

addEventListener('message', async ({ data }: MessageEvent<Asked>) => {
  try {
    if (data.kind === 'open') await open(data.bundle, data.gpu);
    else await make(data.wish, data.seed, data.making);
  } catch (error) {
    say({ kind: 'failed', message: messageOf(error), open: maker !== undefined });
  }
});

async function open(bundle: string, gpu: boolean): Promise<void> {
  const files = new Map<string, Promise<Uint8Array>>();
  const read = (path: string) => {
    const told = (done: number, of: number) => say({ kind: 'loading', file: path, done, of });
    const known = files.get(path) ?? fetched(new URL(path, bundle), told);
    files.set(path, known);
    return known;
  };
  const on: On = (runtime) => openBundledMaker(read, { task: generate, runtime });
  const onGpu = gpu ? await tryGpu(on) : undefined;
  const { opened, where } = onGpu ? { opened: onGpu, where: 'WebGPU' } : await onProcessor(on);
  maker = opened;
  const { name, classes, making, captions, examples } = maker;
  say({ kind: 'opened', name, where, classes, examples: captions && examples, making });
}

type On = (runtime: Runtime) => Promise<BundledMaker>;

async function onProcessor(on: On): Promise<{ opened: BundledMaker; where: string }> {
  const { runtime, where } = await onWasm(wasmPaths);
  return { opened: await on(runtime), where };
}

/** What is asked of `navigator.gpu`. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}

/** The bundle on a GPU; nothing where there is none that can take it. */
async function tryGpu(on: On): Promise<BundledMaker | undefined> {
  const gpu: Gpu | undefined = Reflect.get(navigator, 'gpu');
  const adapter = await gpu?.requestAdapter();
  // A GPU that is a program is slower than WebAssembly.
  if (!adapter || adapter.info?.isFallbackAdapter) return undefined;
  try {
    return await on(await webRuntime({ provider: 'webgpu', load: () => import('onnxruntime-web/webgpu'), wasmPaths }));
  } catch {
    // What is wrong with the bundle itself is said again without a GPU.
    return undefined;
  }
}

async function make(wish: Wish, seed: number, making: Making): Promise<void> {
  if (!maker) throw new Error('no bundle is open');
  const { pictures } = await maker.make([{ ...wish, seed }], {
    making,
    onLook: ([picture], step, of) => {
      const { width, height, data } = picture!;
      say({ kind: 'look', step, of, width, height, rgb: data });
    },
  });
  const { width, height, data } = pictures[0]!;
  say({ kind: 'made', width, height, rgb: data });
}
