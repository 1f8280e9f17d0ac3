import { availableParallelism } from 'node:os';
import type { Runtime } from '../runtime.ts';
import { webRuntime } from '../web/web.ts';

/** At most this many WASM threads unless more are asked for: they gain little after four. */
const MOST_THREADS = 4;

/**
 * onnxruntime-web in this thread: the fallback where there is no native library. Its build for Node finds its own files and
 * starts threads, which the one for pages does not. `run` blocks this thread.
 */
export function wasmRuntime(options: { readonly threads?: number } = {}): Promise<Runtime> {
  const { threads = Math.min(MOST_THREADS, availableParallelism()) } = options;
  return webRuntime({ threads, load: () => import('onnxruntime-web') });
}
