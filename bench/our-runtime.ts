import type { InferenceSession } from 'onnxruntime-common';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import type { OrtModule } from '../src/runtime/session.ts';

/** Session options as JSON, that go before what yosegi sets; for bench/session-options.ts. */
export const SESSION = 'YOSEGI_BENCH_SESSION';

type Options = InferenceSession.SessionOptions;

/** The native runtime as yosegi opens it, with the session options that the environment names put over its own. */
export async function ourRuntime(threads?: number): Promise<Runtime> {
  const over = JSON.parse(process.env[SESSION] ?? '{}') as Options;
  const load = async (): Promise<OrtModule> => {
    const ort = await import('onnxruntime-node');
    const create = (model: Uint8Array, options: Options = {}) =>
      ort.InferenceSession.create(model, { ...options, ...over, extra: merged(options.extra, over.extra) });
    return { Tensor: ort.Tensor, env: ort.env, InferenceSession: { create } };
  };
  return nativeRuntime({ ...(threads && { threads }), load });
}

type Extra = Options['extra'];

/** Both, section by section. */
function merged(a: Extra = {}, b: Extra = {}): Extra {
  const sections = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...sections].map((s) => [s, { ...Object(a[s]), ...Object(b[s]) }]));
}
