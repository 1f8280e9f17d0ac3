import type { Env, InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { check, messageOf, YosegiError } from '../base/errors.ts';
import type { DType, Tensor, TensorData } from '../base/tensor.ts';
import { markedNodes } from '../onnx/off-gpu.ts';
import { copyInto } from './into.ts';
import { oneByOne } from './one-by-one.ts';
import type { LoadOptions, Program, Tensors } from './runtime.ts';

/** What both builds of ONNX Runtime offer, as far as it is used here. */
export interface OrtModule {
  readonly Tensor: TensorConstructor;
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly env: Env;
}

export interface SessionSetup {
  readonly provider: 'cpu' | 'wasm' | 'webgpu';
  readonly threads: number;
  /** Whether outputs are written into given tensors (native), or only come as new ones (WASM has a memory of its own). */
  readonly writesInPlace: boolean;
}

/** Loads a model; what ONNX Runtime says against it becomes a YosegiError. */
export async function openSession(
  ort: OrtModule,
  model: Uint8Array,
  options: LoadOptions,
  setup: SessionSetup,
): Promise<Program> {
  try {
    const session = await ort.InferenceSession.create(model, sessionOptions(model, options, setup));
    return oneByOne(sessionProgram(ort, session, options, setup), declaredOf(session));
  } catch (error) {
    throw new YosegiError(`ONNX Runtime does not load the model: ${messageOf(error)}`, { cause: error });
  }
}

function sessionOptions(model: Uint8Array, options: LoadOptions, setup: SessionSetup): InferenceSession.SessionOptions {
  return {
    executionProviders: [setup.provider === 'webgpu' ? webgpu(model) : setup.provider],
    intraOpNumThreads: options.threads ?? setup.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.optimize === 'none' ? 'disabled' : (options.optimize ?? 'all'),
    ...(options.packed === false && { enableMemPattern: false }),
    // Errors arrive as exceptions; printed as well they would tear a progress display.
    logSeverityLevel: 4,
    extra: {
      ...(options.idle === 'sleep' && setup.provider !== 'wasm' && { session: { force_spinning_stop: '1' } }),
      ...(options.apart && { optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' } }),
    },
    ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
  };
}

/** With what it lacks done on the processor; an empty list of names is refused. */
function webgpu(model: Uint8Array): InferenceSession.ExecutionProviderConfig {
  const names = markedNodes(model);
  return names.length > 0 ? { name: 'webgpu', forceCpuNodeNames: names } : 'webgpu';
}

const declaredOf = ({ inputMetadata }: InferenceSession) =>
  inputMetadata.map((of) => ({ name: of.name, shape: of.isTensor ? of.shape : [] }));

function sessionProgram(
  ort: OrtModule,
  session: InferenceSession,
  { profile }: LoadOptions,
  { writesInPlace }: SessionSetup,
): Program {
  const { inputNames, outputNames } = session;
  const toOrt = (t: Tensor): OrtTensor =>
    new ort.Tensor(t.dtype as OrtTensor.Type, t.data as never, t.shape as number[]);
  const execute = async (feeds: Tensors, into: Tensors): Promise<InferenceSession.ReturnType> => {
    try {
      const given = Object.fromEntries(inputNames.map((n) => [n, toOrt(feeds[n]!)]));
      if (!writesInPlace || Object.keys(into).length === 0) return await session.run(given);
      const fetches = outputNames.map((n): [string, OrtTensor | null] => [n, into[n] ? toOrt(into[n]) : null]);
      return await session.run(given, Object.fromEntries(fetches));
    } catch (error) {
      throw new YosegiError(`ONNX Runtime does not run the model: ${messageOf(error)}`, { cause: error });
    }
  };
  let open = true;
  let running: Promise<unknown> = Promise.resolve();
  return {
    inputs: inputNames,
    outputs: outputNames,
    async run(feeds, into = {}) {
      check(open, 'this program is closed; load the model again');
      checkNames(inputNames, outputNames, feeds, into);
      const result = execute(feeds, into);
      // Only that it ended: a settled value kept here would keep every output of every run.
      running = Promise.allSettled([running, result]).then(() => undefined);
      const results = await result;
      const out: Record<string, Tensor> = {};
      for (const name of outputNames) {
        const target = into[name];
        if (target && !writesInPlace) copyInto(target, fromOrt(name, results[name]!), name);
        out[name] = target ?? fromOrt(name, results[name]!);
      }
      return out;
    },
    async close() {
      if (!open) return;
      open = false;
      // A session that is released while it runs reads freed memory.
      await running;
      if (profile) session.endProfiling();
      await session.release();
    },
  };
}

function fromOrt(name: string, t: OrtTensor): Tensor {
  const { data } = t;
  check(!Array.isArray(data), () => `output '${name}' holds ${t.type} values; only numbers are supported`);
  // Newer engines show half floats as Float16Array; here they are raw bits everywhere.
  const bits = t.type === 'float16' && !(data instanceof Uint16Array);
  const numbers = bits ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  return { dtype: t.type as DType, shape: t.dims, data: numbers as TensorData };
}

function checkNames(inputs: readonly string[], outputs: readonly string[], feeds: Tensors, into: Tensors): void {
  const missing = inputs.filter((n) => !feeds[n]);
  check(missing.length === 0, () => `the model wants ${inputs.join(', ')}; missing: ${missing.join(', ')}`);
  const unknown = Object.keys(into).filter((n) => !outputs.includes(n));
  check(unknown.length === 0, () => `the model gives ${outputs.join(', ')}; it has no ${unknown.join(', ')}`);
}
