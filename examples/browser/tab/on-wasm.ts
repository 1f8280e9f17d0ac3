import { type Runtime, webRuntime } from '../../../src/core.ts';

/** More threads help a small network little. */
const MOST_THREADS = 4;

/** ONNX Runtime on WebAssembly, with its own files from this folder (a URL ending in '/'); and in words where it computes. */
export async function onWasm(wasmPaths: string): Promise<{ readonly runtime: Runtime; readonly where: string }> {
  const runtime = await webRuntime({ threads: Math.min(MOST_THREADS, navigator.hardwareConcurrency), wasmPaths });
  const where = `WebAssembly, ${runtime.threads === 1 ? '1 thread' : `${runtime.threads} threads`}`;
  return { runtime, where };
}
