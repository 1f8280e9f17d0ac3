import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { messageOf, YosegiError } from '../../base/errors.ts';
import { startWorker } from '../../base/node/worker.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Program, Runtime, Tensors } from '../runtime.ts';
import { withBlock } from './block.ts';
import { type Lent, type Loan, lend } from './lend.ts';
import type { Call, Hello, Reply, Request, Result, Setup, Start } from './messages.ts';
// The worker brings the library in; only this thread can tell it to keep quiet.
import './quiet.ts';
import { Turn } from './turn.ts';

/**
 * A runtime whose sessions live in a worker thread, so that `run` does not block this one. Tensors are moved there and back
 * (see lend.ts); `into` tensors are written in place. Calls are answered one after another. If the worker dies, all its calls
 * are rejected and tensors that were lent at that moment are lost. Closing waits for the run that is under way; what waits behind
 * it is rejected. An idle worker does not keep the process alive.
 */
export async function workerRuntime(setup: Setup = { device: 'native' }): Promise<Runtime> {
  const turn = new Turn();
  const workerData: Start = { ...setup, turn: turn.shared };
  const worker = startWorker(import.meta.url, './runtime.worker', { workerData, name: 'yosegi-runtime' });
  endBeforeProcess(worker, turn);
  const hello = await firstWord(worker);
  if ('failed' in hello) {
    await worker.terminate();
    throw new YosegiError(hello.failed);
  }
  const line = new Line(worker, turn);
  const runtime: Runtime = {
    ...hello.ready,
    load: async (model, options = {}) => {
      const loaded = await line.call({ kind: 'load', model, options });
      return workerProgram(line, expected(loaded, 'loaded'));
    },
    close: () => line.close(),
  };
  return setup.device === 'native' ? withBlock(runtime) : runtime;
}

const turns = new Set<Turn>();

/** A process that exits terminates its workers: not inside the library (see turn.ts). */
function endBeforeProcess(worker: Worker, turn: Turn): void {
  if (turns.size === 0) process.on('exit', waitForTurns);
  turns.add(turn);
  worker.once('exit', () => {
    turns.delete(turn);
    if (turns.size === 0) process.off('exit', waitForTurns);
  });
}

function waitForTurns(): void {
  for (const turn of turns) turn.end();
  for (const turn of turns) turn.waitOutside(30_000);
}

async function firstWord(worker: Worker): Promise<Hello> {
  const died = once(worker, 'exit').then(() => {
    throw new YosegiError('the worker that runs the models ended before it was ready');
  });
  // An error event rejects `once` by itself.
  const [hello] = await Promise.race([once(worker, 'message'), died]);
  died.catch(() => {});
  return hello;
}

function expected<K extends Result['kind']>(result: Result, kind: K): Extract<Result, { kind: K }> {
  if (result.kind !== kind) throw new YosegiError(`the worker answered '${result.kind}', not '${kind}'`);
  return result as Extract<Result, { kind: K }>;
}

function workerProgram(line: Line, { program, inputs, outputs }: Extract<Result, { kind: 'loaded' }>): Program {
  let open = true;
  return {
    inputs,
    outputs,
    async run(feeds, into = {}) {
      if (!open) throw new YosegiError('this program is closed; load the model again');
      // Only what the model wants travels.
      const fed = Object.fromEntries(inputs.flatMap((n) => (feeds[n] ? [[n, feeds[n]]] : [])));
      const result = expected(await line.run(program, fed, into), 'ran');
      return Object.fromEntries(outputs.map((n): [string, Tensor] => [n, into[n] ?? result.outputs[n]!]));
    },
    async close() {
      if (!open) return;
      open = false;
      await line.call({ kind: 'close', program });
    },
  };
}

interface Pending {
  readonly loan?: Loan;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** The calls under way to one worker. */
class Line {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** Buffers that a call has now; another call that wants one waits. */
  readonly #lent = new Map<ArrayBufferLike, Promise<unknown>>();
  readonly #turn: Turn;
  #lastId = 0;
  #ended: string | undefined;
  #onDrained = () => {};

  constructor(worker: Worker, turn: Turn) {
    this.#worker = worker;
    this.#turn = turn;
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error) => this.#end(`the worker that runs the models stopped: ${messageOf(error)}`));
    worker.on('exit', (code) => this.#end(`the worker that runs the models ended (code ${code})`));
    worker.unref();
  }

  call(request: Request, loan?: Loan): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw new YosegiError(`${this.#ended}; open the runtime again`);
      const id = ++this.#lastId;
      this.#worker.postMessage({ id, request } satisfies Call, loan?.transfer ?? []);
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { loan, resolve, reject });
    });
  }

  async run(program: number, feeds: Tensors, into: Tensors): Promise<Result> {
    const named = [Object.keys(feeds), Object.keys(into)] as const;
    const lent: Lent[] = [
      ...Object.values(feeds).map((tensor) => ({ tensor, written: false })),
      ...Object.values(into).map((tensor) => ({ tensor, written: true })),
    ];
    // Checked and marked in one go: nothing may come between.
    for (let busy = this.#busy(lent); busy; busy = this.#busy(lent)) await busy;
    const send = (copyAll: boolean) => {
      const loan = lend(lent, copyAll);
      const request = { kind: 'run', program, feeds: named[0], into: named[1], tensors: loan.sent } as const;
      return this.call(request, loan);
    };
    const buffers = lent.map((l) => l.tensor.data.buffer);
    const sent = send(false).catch((error: unknown) => {
      // Memory that cannot be moved, such as WebAssembly's; nothing has left yet.
      if (error instanceof Error && error.name === 'DataCloneError') return send(true);
      throw error;
    });
    const done = sent.catch(() => {});
    for (const b of buffers) this.#lent.set(b, done);
    try {
      return await sent;
    } finally {
      for (const b of buffers) if (this.#lent.get(b) === done) this.#lent.delete(b);
    }
  }

  #busy(lent: readonly Lent[]): Promise<unknown> | undefined {
    return lent.map((l) => this.#lent.get(l.tensor.data.buffer)).find((p) => p !== undefined);
  }

  async close(): Promise<void> {
    this.#ended ??= 'the runtime was closed';
    this.#turn.end();
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      if (this.#pending.size === 0) resolve();
    });
    await this.#worker.terminate();
  }

  #settle({ id, result, returned }: Reply): void {
    const call = this.#pending.get(id);
    if (!call) return;
    this.#pending.delete(id);
    call.loan?.settle(returned);
    if (result.kind === 'failed') call.reject(new YosegiError(result.message));
    else call.resolve(result);
    if (this.#pending.size > 0) return;
    this.#worker.unref();
    this.#onDrained();
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    for (const call of this.#pending.values()) call.reject(new YosegiError(`${reason}; open the runtime again`));
    this.#pending.clear();
    this.#onDrained();
  }
}
