import { availableParallelism } from 'node:os';
import { YosegiError } from '../../base/errors.ts';
import type { Runtime } from '../runtime.ts';
import { type OrtModule, openSession } from '../session.ts';
import { withBlock } from './block.ts';
import { isToldAboutTelemetry, telemetryReason } from './quiet.ts';
import { nativeReason } from './reason.ts';

export interface NativeOptions {
  /** Threads a program gets; default: one for each core. */
  readonly threads?: number;
  /** Where the work is done. `webgpu` is experimental: it needs a GPU with a Vulkan, Metal or Direct3D 12 driver. */
  readonly provider?: 'cpu' | 'webgpu';
  /** Brings the library in; another one in tests. */
  readonly load?: () => Promise<OrtModule>;
}

/**
 * onnxruntime-node in this thread: `run` blocks it. Throws a YosegiError that says why and what to do where the native library
 * does not load. Its telemetry is off, see quiet.ts.
 */
export async function nativeRuntime(options: NativeOptions = {}): Promise<Runtime> {
  const { threads = availableParallelism(), provider = 'cpu', load = () => import('onnxruntime-node') } = options;
  if (!isToldAboutTelemetry()) throw new YosegiError(`onnxruntime-node is not loaded: ${telemetryReason}`);
  let ort: OrtModule;
  try {
    ort = await load();
  } catch (error) {
    throw new YosegiError(`onnxruntime-node does not load: ${nativeReason(error)}`, { cause: error });
  }
  const runtime: Runtime = {
    name: 'onnxruntime-node',
    version: ort.env.versions.node ?? ort.env.versions.common,
    threads,
    ...(provider === 'webgpu' && { gpu: true as const }),
    load: (model, loading = {}) => openSession(ort, model, loading, { provider, threads, writesInPlace: true }),
    close: async () => {},
  };
  return provider === 'cpu' ? withBlock(runtime) : runtime;
}
