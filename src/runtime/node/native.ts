import { availableParallelism } from 'node:os';
import type { Runtime } from '../runtime.ts';
import { type OrtModule, sessionOptions, sessionProgram } from '../session.ts';

/** onnxruntime-node in this thread: `run` blocks it. Throws where the native library does not load. */
export async function nativeRuntime(): Promise<Runtime> {
  const ort: OrtModule = await import('onnxruntime-node');
  return {
    name: 'onnxruntime-node',
    load: async (model, options = {}) => {
      const session = await ort.InferenceSession.create(model, sessionOptions(options, availableParallelism()));
      return sessionProgram(ort, session);
    },
    close: async () => {},
  };
}
