import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { YosegiError } from '../base/errors.ts';
import type { DType, Tensor, TensorData } from '../base/tensor.ts';
import type { LoadOptions, Program, Tensors } from './runtime.ts';

/** What both builds of ONNX Runtime offer, as far as it is used here. */
export interface OrtModule {
  readonly Tensor: TensorConstructor;
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
}

export function sessionOptions(options: LoadOptions, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.optimize === 'none' ? 'disabled' : (options.optimize ?? 'all'),
    logSeverityLevel: 3,
    ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
  };
}

/** A program over an ONNX Runtime session. */
export function sessionProgram(ort: OrtModule, session: InferenceSession): Program {
  const toOrt = (t: Tensor): OrtTensor =>
    new ort.Tensor(t.dtype as OrtTensor.Type, t.data as never, t.shape as number[]);
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, into) {
      checkFeeds(session.inputNames, feeds);
      const given = Object.fromEntries(session.inputNames.map((n) => [n, toOrt(feeds[n]!)]));
      const fetches = into
        ? Object.fromEntries(session.outputNames.map((n) => [n, into[n] ? toOrt(into[n]) : null]))
        : undefined;
      const results = fetches ? await session.run(given, fetches) : await session.run(given);
      const out: Record<string, Tensor> = {};
      for (const name of session.outputNames) {
        const t = results[name]!;
        out[name] = into?.[name] ?? { dtype: t.type as DType, shape: t.dims, data: t.data as TensorData };
      }
      return out;
    },
    close: async () => {
      try {
        session.endProfiling();
      } catch {
        // No profile was asked for.
      }
      await session.release();
    },
  };
}

function checkFeeds(names: readonly string[], feeds: Tensors): void {
  const missing = names.filter((n) => !feeds[n]);
  if (missing.length > 0) throw new YosegiError(`the model wants ${names.join(', ')}; missing: ${missing.join(', ')}`);
}
