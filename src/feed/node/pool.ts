import type { Worker } from 'node:worker_threads';
// Loaded here so that its library stays loaded while workers come and go (sharp's advice for worker threads on Linux).
import 'sharp';
import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { startWorker } from '../../base/node/worker.ts';
import { ImageError, type ImageFault } from '../../data/image.ts';
import { pictureMemory } from '../../data/node/picture-memory.ts';
import {
  type BatchTask,
  type Looked,
  type Notice,
  type Rendered,
  type ScanTask,
  TaskRunner,
  type Unusable,
} from './runner.ts';

type Request =
  | { readonly kind: 'scan'; readonly input: ScanTask }
  | { readonly kind: 'batch'; readonly input: BatchTask };

/** Messages to a worker. */
export type ToWorker = { readonly kind: 'notice'; readonly notice: Notice } | (Request & { readonly id: number });

/** Messages from a worker. */
export type FromWorker = { readonly id: number } & (
  | { readonly kind: 'scan'; readonly output: (Looked | Unusable)[] }
  | { readonly kind: 'batch'; readonly output: Rendered }
  | { readonly kind: 'failed'; readonly fault?: ImageFault; readonly message: string }
);

interface Member {
  readonly worker: Worker;
  readonly waiting: Map<number, { settle(message: FromWorker): void; fail(error: Error): void }>;
}

/**
 * The worker threads of a data set. They take tasks in turn and never keep the process alive while they are idle.
 * With 0 workers everything runs in the calling thread.
 */
export class DataPool {
  readonly #members: Member[] = [];
  readonly #inline: TaskRunner | undefined;
  #count = 0;
  /** Why no more tasks are taken. */
  #ended: Error | undefined;

  constructor(size: number) {
    check(Number.isInteger(size) && size >= 0, () => `the number of data workers must be 0 or more, got ${size}`);
    if (size === 0) this.#inline = new TaskRunner(true);
    for (let i = 0; i < size; i++) this.#start();
  }

  /** Number of worker threads. */
  get threads(): number {
    return this.#members.length;
  }

  /** Tells every worker; it is known before any task that is given later. */
  notice(notice: Notice): void {
    this.#inline?.notice(notice);
    for (const { worker } of this.#members) post(worker, { kind: 'notice', notice });
  }

  async scan(input: ScanTask): Promise<(Looked | Unusable)[]> {
    if (this.#inline) return this.#inline.scan(input);
    return this.#ask({ kind: 'scan', input }, (reply) => (reply.kind === 'scan' ? reply.output : undefined));
  }

  async batch(input: BatchTask): Promise<Rendered> {
    if (this.#inline) return this.#inline.batch(input);
    return this.#ask({ kind: 'batch', input }, (reply) => (reply.kind === 'batch' ? reply.output : undefined));
  }

  /** Stops the workers; tasks that are not done fail. */
  async close(): Promise<void> {
    this.#end(new YosegiError('the data set was closed'));
    await Promise.all(this.#members.splice(0).map(({ worker }) => worker.terminate()));
  }

  async #ask<T>(request: Request, read: (reply: FromWorker) => T | undefined): Promise<T> {
    if (this.#ended) throw this.#ended;
    const { worker, waiting } = this.#members.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    const id = this.#count++;
    return new Promise<T>((resolve, reject) => {
      const settle = (reply: FromWorker) => {
        const output = read(reply);
        if (output !== undefined) resolve(output);
        else if (reply.kind !== 'failed')
          reject(new YosegiError(`a data worker answered '${reply.kind}' to '${request.kind}'`));
        else reject(reply.fault ? new ImageError(reply.fault, reply.message) : new YosegiError(reply.message));
      };
      waiting.set(id, { settle, fail: reject });
      worker.ref();
      post(worker, { ...request, id });
    });
  }

  #start(): void {
    const worker = startWorker(import.meta.url, './feed.worker', { workerData: pictureMemory().shared });
    const member: Member = { worker, waiting: new Map() };
    worker.on('message', (reply: FromWorker) => {
      const waiting = member.waiting.get(reply.id);
      member.waiting.delete(reply.id);
      if (member.waiting.size === 0) worker.unref();
      waiting?.settle(reply);
    });
    worker.on('error', (error) => this.#end(new YosegiError(`a data worker stopped: ${messageOf(error)}`)));
    worker.on('exit', (code) => this.#end(new YosegiError(`a data worker ended with code ${code}`)));
    worker.unref();
    this.#members.push(member);
  }

  /** Fails everything that waits, and whatever comes later. */
  #end(error: Error): void {
    this.#ended ??= error;
    for (const { waiting } of this.#members) {
      const open = [...waiting.values()];
      waiting.clear();
      for (const { fail } of open) fail(error);
    }
  }
}

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
