import { check } from '../src/base/errors.ts';
import { clocked, clockedRuns } from './clock.ts';
import type { Message } from './protocol.ts';

/** Something prepared that is timed: one iteration, as often as asked. */
export interface Job {
  /** Numbers that are trained; said where somebody compares them. */
  readonly parameters?: number;
  /** What it gives may have a `loss`, and the norm of its gradient. */
  run(): Promise<object>;
  /** What is done once before, where an iteration is long: then that warms up enough, and each iteration is a turn. */
  first?(): Promise<object>;
  close(): Promise<void>;
}

/** What one of our processes has prepared, by id: its answers to the requests `prepare`, `run` and `drop` of bench/peers/peer.py. */
export class Jobs {
  readonly #jobs = new Map<string, Job>();

  /** Keeps what `make` makes under the request's id. */
  async prepare(request: Message, make: () => Promise<Job>): Promise<Message> {
    const start = performance.now();
    const job = await make();
    const build = performance.now() - start;
    this.keep(request, job);
    let first: object = {};
    const { ms } = await clocked(async () => {
      first = await (job.first?.() ?? job.run());
    });
    return {
      params: job.parameters,
      build_s: build / 1000,
      compile_s: null,
      first_ms: ms,
      long: job.first !== undefined,
      ...('loss' in first && { loss: first.loss }),
      ...('gradientNorm' in first && { gradient_norm: first.gradientNorm }),
    };
  }

  keep({ id }: Message, job: Job): void {
    this.#jobs.set(String(id), job);
  }

  async run({ id, iters }: Message): Promise<Message> {
    const job = this.#jobs.get(String(id));
    check(job, `no subject is prepared under '${id}'`);
    let loss: number | undefined;
    const took = await clockedRuns(Number(iters ?? 5), async () => {
      const result = await job.run();
      if ('loss' in result) loss = Number(result.loss);
    });
    return { ...took, ...(loss !== undefined && { loss }) };
  }

  async drop({ id }: Message): Promise<Message> {
    await this.#jobs.get(String(id))?.close();
    return { dropped: this.#jobs.delete(String(id)) };
  }
}
