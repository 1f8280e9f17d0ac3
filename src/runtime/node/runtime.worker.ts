import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import type { Tensor, TensorData } from '../../base/tensor.ts';
import type { Program } from '../runtime.ts';
import type { Call, Hello, Reply, Request, Result, Start } from './messages.ts';
import { nativeRuntime } from './native.ts';
import { Turn } from './turn.ts';
import { wasmRuntime } from './wasm.ts';

/** The other side of worker.ts: one runtime, its programs, one call after another. */
const port = parentPort!;
const { device, threads, turn: shared }: Start = workerData;
const turn = new Turn(shared);

const open = device === 'native' ? nativeRuntime : wasmRuntime;
const runtime = await turn
  .within(() => open({ threads }))
  .catch((error: unknown) => {
    port.postMessage({ failed: messageOf(error) } satisfies Hello);
  });

if (runtime) {
  const programs = new Map<number, Program>();
  let made = 0;
  const answer = async (request: Request): Promise<Result> => {
    if (request.kind === 'load') {
      const program = await runtime.load(request.model, request.options);
      programs.set(++made, program);
      return { kind: 'loaded', program: made, inputs: program.inputs, outputs: program.outputs };
    }
    const program = programs.get(request.program)!;
    if (request.kind === 'close') {
      programs.delete(request.program);
      await program.close();
      return { kind: 'closed' };
    }
    const named = (names: readonly string[], from: number): Record<string, Tensor> =>
      Object.fromEntries(names.map((name, i) => [name, { ...request.tensors[from + i]! }]));
    const into = named(request.into, request.feeds.length);
    const all = await program.run(named(request.feeds, 0), into);
    return { kind: 'ran', outputs: Object.fromEntries(Object.entries(all).filter(([name]) => !into[name])) };
  };
  const handle = async ({ id, request }: Call) => {
    const result = (await turn
      .within(() => answer(request))
      .catch((error: unknown): Result => ({ kind: 'failed', message: messageOf(error) }))) ?? {
      kind: 'failed',
      message: 'the runtime was closed; open it again',
    };
    const returned = request.kind === 'run' ? request.tensors.map((t) => (t.back ? t.data : undefined)) : [];
    const outputs = result.kind === 'ran' ? Object.values(result.outputs).map((t) => t.data) : [];
    const buffers = new Set(
      [...returned, ...outputs].flatMap((d: TensorData | undefined) => (d ? [d.buffer as ArrayBuffer] : [])),
    );
    port.postMessage({ id, result, returned } satisfies Reply, [...buffers]);
  };
  let last: Promise<void> = Promise.resolve();
  port.on('message', (call: Call) => {
    last = last.then(() => handle(call));
  });
  const { name, version } = runtime;
  port.postMessage({ ready: { name, version, threads: runtime.threads } } satisfies Hello);
}
