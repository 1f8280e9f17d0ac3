import { mkdtemp, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { openQueue } from '../queue/node/open.ts';
import { type Outcome, type Trainer, work } from '../queue/node/work.ts';
import type { AskedTrial } from '../queue/queue.ts';
import { trainTrial } from './train-trial.ts';

export interface WorkerRunOptions {
  /** Where trials are asked for. */
  readonly queue: string;
  /** Where the images are on this machine; default: where the search has them. */
  readonly data?: string;
  /** Threads of each training; default: all cores. */
  readonly threads?: number;
  /** Seconds without work after which it ends. */
  readonly idle?: number;
  /** Trials after which it ends. */
  readonly trials?: number;
  readonly signal: AbortSignal;
  readonly hooks?: Hooks;
  /** The queue is open. */
  readonly onOpen?: () => void;
  readonly onTake?: (trial: AskedTrial) => void;
  readonly onEnd?: (trial: AskedTrial, outcome: Outcome) => void;
}

/**
 * Trains what a search asks for, one trial after the other, until it is told to stop.
 * @throws YosegiError where this machine cannot train: it has no such images, its disk is full. The trial is free for another then.
 */
export async function workerRun(options: WorkerRunOptions): Promise<void> {
  const { queue: place, data, threads, hooks = {}, idle, trials, signal, onTake, onEnd } = options;
  const name = `${hostname()} ${process.pid}`;
  const starts = await mkdtemp(join(tmpdir(), 'yosegi-starts-'));
  const train: Trainer = async ({ training, epochs }, stop) => {
    const images = data ?? training.data;
    await checkImages(images, data === undefined);
    const out = await mkdtemp(join(tmpdir(), 'yosegi-trial-'));
    const trained = await trainTrial(
      { ...training, data: images, train: { ...training.train, ...(threads !== undefined && { threads }) } },
      { epochs, out, starts, hooks, signal: stop },
    );
    return trained && { ...trained, by: name };
  };
  const queue = await openQueue(place);
  options.onOpen?.();
  try {
    await work(queue, train, {
      name,
      every: 500,
      signal,
      ...(idle !== undefined && { idle: 1000 * idle }),
      ...(trials !== undefined && { most: trials }),
      ...(onTake && { onTake }),
      ...(onEnd && { onEnd }),
      ...(hooks.onNotice && { onNotice: hooks.onNotice }),
    });
  } finally {
    await queue.close();
    await rm(starts, { recursive: true, force: true });
  }
}

async function checkImages(folder: string, asTheSearch: boolean): Promise<void> {
  const there = await stat(folder).then(
    (s) => s.isDirectory(),
    () => false,
  );
  check(there, () =>
    asTheSearch
      ? `the search has its images in ${folder}, which is not on this machine: say where they are here with --data`
      : `there is no folder ${folder}`,
  );
}
