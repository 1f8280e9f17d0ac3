import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TimedJob } from '../job.ts';
import { folderQueue } from '../queue/node/folder/folder-queue.ts';
import type { TrialQueue } from '../queue/queue.ts';
import { answerFor, example } from '../queue/testing/example.ts';
import { type AskingOptions, asking } from './asking.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-asking-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const asksOf = (queue: TrialQueue, more: Partial<AskingOptions> = {}) =>
  asking({
    queue,
    record: { created: 'then', data: '/images', machine: 'this', seed: 1 },
    trainingOf: () => example(0).training,
    every: 5,
    signal: new AbortController().signal,
    ...more,
  });
const job = (first: number, rung = 0): TimedJob => ({
  candidate: { design: [first, 1], parameters: 1, macs: 1 },
  rung,
  ms: 2,
});
const answered = async (queue: TrialQueue) => {
  const lease = await queue.take('a test');
  if (lease) await lease.answer({ ...answerFor(lease.trial), seconds: 3, leaving: [0.25, 0.75] });
  return lease?.trial;
};
const cost = async () => ({ parameters: 1, macs: 1 });

it('asks, waits, and has the answer; a few wait for a worker, not more', async () => {
  const queue = await folderQueue(join(root, 'ask'));
  const asks = asksOf(queue);
  const trained = asks.train(job(1), 6, 12);
  expect(asks.crew.free(1)).toBe(true);
  void asks.train(job(2), 6, 13);
  expect(asks.crew.free(2)).toBe(false);
  await expect.poll(() => answered(queue)).toMatchObject({ number: 12, rung: 0, epochs: 6, ms: 2, design: [1, 1] });
  expect(await trained).toEqual({ figure: 0.01, seconds: 3, leaving: [0.25, 0.75] });
  expect(asks.crew.free(1)).toBe(true);
});

it('a search that goes on finds what it asked for, settles what it has, and asks for nothing twice', async () => {
  const queue = await folderQueue(join(root, 'again'));
  const stop = new AbortController();
  const before = asksOf(queue, { signal: stop.signal, ahead: 9 });
  const ends = [1, 2, 3].map((i) => before.train(job(i), 6, i));
  await expect.poll(async () => (await queue.asked((await answered(queue))?.search ?? '')).length).toBe(3);
  stop.abort();
  expect(await Promise.all(ends)).toContain(undefined);
  const asks = asksOf(queue);
  const trial = { number: 0, design: [1, 1], rung: 0, accuracy: 0.01, parameters: 1, macs: 1, ms: 2, seconds: 3 };
  const underWay = await asks.underWay([trial], cost);
  expect(underWay).toHaveLength(2);
  expect(underWay).toEqual(expect.arrayContaining([job(2), job(3)]));
  const rest = underWay.map((j, i) => asks.train(j, 6, i + 1));
  await expect
    .poll(async () => {
      await answered(queue);
      return (await asks.underWay([], cost)).length;
    })
    .toBe(2);
  expect((await Promise.all(rest)).map((t) => t!.figure).sort()).toEqual([0.02, 0.03]);
  // Another search sees nothing of it.
  const other = asksOf(queue, { record: { created: 'later', data: '/images', machine: 'this', seed: 1 } });
  expect(await other.underWay([], cost)).toEqual([]);
});

it('asks again for what a queue has lost', async () => {
  const queue = await folderQueue(join(root, 'lost'));
  const trained = asksOf(queue).train(job(4), 6, 0);
  await expect.poll(() => queue.take('a test')).toBeDefined();
  await rm(join(root, 'lost', 'trials'), { recursive: true, maxRetries: 10 });
  await folderQueue(join(root, 'lost'));
  await expect.poll(() => answered(queue)).toBeDefined();
  expect(await trained).toMatchObject({ figure: 0.04 });
});

it('takes back what nobody has begun when its time is over, and waits for the rest', async () => {
  const queue = await folderQueue(join(root, 'over'));
  let over = false;
  const asks = asksOf(queue, { over: () => over });
  const first = asks.train(job(5), 6, 0);
  let lease: Awaited<ReturnType<TrialQueue['take']>>;
  await expect
    .poll(async () => {
      lease = await queue.take('a test');
      return lease;
    })
    .toBeDefined();
  const second = asks.train(job(6), 6, 1);
  over = true;
  expect(await second).toBeUndefined();
  await lease!.answer(answerFor(lease!.trial));
  expect(await first).toMatchObject({ figure: 0.05 });
});
