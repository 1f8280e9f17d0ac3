import { messageOf, YosegiError } from '../../base/errors.ts';
import type { Runtime } from '../runtime.ts';
import { type OrtModule, openSession } from '../session.ts';

export interface WebOptions {
  /**
   * Threads of all programs together, fixed by the first runtime that is opened. Default 1. More need shared memory, which a page only
   * has when it is served with `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`.
   */
  readonly threads?: number;
  /**
   * Where onnxruntime-web's .wasm (and, with threads, .mjs) files are: a folder's URL ending in '/', or the URL of each. Default:
   * beside the script.
   */
  readonly wasmPaths?: string | { readonly mjs?: string; readonly wasm?: string };
  /**
   * Where the work is done; default `wasm`. `webgpu` is experimental, and needs a browser with a GPU and the build of the library that has it:
   * `load: () => import('onnxruntime-web/webgpu')`.
   */
  readonly provider?: 'wasm' | 'webgpu';
  /** Brings the library in; Node has a build of its own (see node/wasm.ts). */
  readonly load?: () => Promise<OrtModule>;
}

/** onnxruntime-web in a browser page, a web worker or Node: on the CPU (WebAssembly), where `run` blocks the thread, or on a GPU. */
export async function webRuntime(options: WebOptions = {}): Promise<Runtime> {
  const { load = () => import('onnxruntime-web/wasm'), wasmPaths, provider = 'wasm' } = options;
  let ort: OrtModule;
  try {
    ort = await load();
  } catch (error) {
    throw new YosegiError(`onnxruntime-web does not load: ${messageOf(error)}`, { cause: error });
  }
  const threads = started.get(ort.env) ?? allowedThreads(options.threads ?? 1);
  started.set(ort.env, threads);
  ort.env.wasm.numThreads = threads;
  if (wasmPaths) ort.env.wasm.wasmPaths = wasmPaths;
  return {
    name: 'onnxruntime-web',
    version: ort.env.versions.web ?? ort.env.versions.common,
    threads,
    ...(provider === 'webgpu' && { gpu: true as const }),
    load: (model, loading = {}) => openSession(ort, model, loading, { provider, threads, writesInPlace: false }),
    close: async () => {},
  };
}

/** The threads of each copy of the library in this process: it starts them once. */
const started = new WeakMap<object, number>();

/** One thread where memory cannot be shared: a page that is not isolated (Node has no such flag). */
function allowedThreads(wanted: number): number {
  const isolated = Reflect.get(globalThis, 'crossOriginIsolated') !== false;
  return isolated && typeof SharedArrayBuffer !== 'undefined' ? Math.max(1, wanted) : 1;
}
