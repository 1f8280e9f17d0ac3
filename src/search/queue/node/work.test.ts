import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { YosegiError } from '../../../base/errors.ts';
import type { Lease, TrialQueue } from '../queue.ts';
import { answerFor, example } from '../testing/example.ts';
import { folderQueue } from './folder/folder-queue.ts';
import { patiently } from './patience.ts';
import { type Outcome, type Trainer, type WorkOptions, work } from './work.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-work-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const train: Trainer = async (trial) => answerFor(trial);
const full = () => {
  const cause = Object.assign(new Error('ENOSPC: no space left on device'), { syscall: 'write' });
  return new YosegiError('cannot write', { cause });
};

async function worked(queue: TrialQueue, trainer: Trainer, more: Partial<WorkOptions> = {}) {
  const [outcomes, notices]: [Outcome[], string[]] = [[], []];
  const stop = new AbortController();
  await work(queue, trainer, {
    name: 'a test',
    every: 5,
    idle: 30,
    signal: stop.signal,
    onEnd: (_, outcome) => outcomes.push(outcome),
    onNotice: (text) => notices.push(text),
    ...more,
  });
  return { outcomes, notices };
}

it('a worker takes trials until there are none for a while, or as many as it was asked to', async () => {
  const queue = await folderQueue(join(root, 'some'));
  for (let i = 0; i < 5; i++) await queue.ask(example(i));
  expect((await worked(queue, train, { most: 2 })).outcomes).toHaveLength(2);
  const { outcomes } = await worked(queue, train);
  expect(outcomes).toHaveLength(3);
  for (let i = 0; i < 5; i++)
    expect(await queue.look(example(i).id)).toEqual({ kind: 'answered', answer: answerFor(example(i)) });
});

it('one that is stopped, or whose machine cannot train, gives its trial back', async () => {
  const queue = await folderQueue(join(root, 'back'));
  await queue.ask(example(1));
  const stop = new AbortController();
  const stopped: Trainer = async (_, signal) => {
    stop.abort();
    expect(signal.aborted).toBe(true);
    return undefined;
  };
  expect((await worked(queue, stopped, { signal: stop.signal })).outcomes).toEqual(['given back']);
  const broken: Trainer = async () => {
    throw new YosegiError('there are no images here');
  };
  await expect(worked(queue, broken)).rejects.toThrow(/no images here/);
  expect(await queue.take('a test')).toMatchObject({ token: 5, silent: 0 });
});

it('an answer that cannot be written now is written later; what is refused is said', async () => {
  const queue = await folderQueue(join(root, 'later'));
  await queue.ask(example(1));
  let left = 2;
  const answering = (lease: Lease): Lease => ({
    ...lease,
    answer: async (answer) => {
      if (left-- > 0) throw full();
      return lease.answer(answer);
    },
  });
  const failing: TrialQueue = {
    ...queue,
    take: async (name) => {
      const lease = await queue.take(name);
      return lease && answering(lease);
    },
  };
  const { outcomes, notices } = await worked(failing, train);
  expect(outcomes).toEqual([answerFor(example(1))]);
  expect(notices).toEqual(['answering: cannot write; trying again']);
  await queue.ask(example(2));
  const settledMeanwhile: Trainer = async (trial) => {
    await queue.settle(trial.id);
    return answerFor(trial);
  };
  expect((await worked(queue, settledMeanwhile)).outcomes).toEqual(['lost']);
});

it('a trial that ends every worker is answered without being tried once more', async () => {
  const queue = await folderQueue(join(root, 'silent'), { lasts: 1, beat: 1e6 });
  await queue.ask(example(1));
  for (let i = 0; i < 20; ) {
    await sleep(2);
    if (await queue.take('a test')) i++;
  }
  const never: Trainer = async () => {
    throw new Error('it is tried');
  };
  const { outcomes } = await worked(queue, never);
  expect(outcomes).toMatchObject([{ figure: 0, problem: '20 workers began it and were never heard of again' }]);
});

it('patience is for what may pass', async () => {
  let tries = 0;
  const work = async () => {
    tries++;
    throw tries < 3 ? full() : new YosegiError('wrong');
  };
  await expect(patiently('asking', work, { first: 1 })).rejects.toThrow(/wrong/);
  expect(tries).toBe(3);
});
