import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildFaults, Crowd, randomKills } from '../testing/faults.ts';

/** Searches, workers and what befalls them: real processes, killed for real, around trainings that train nothing. */
let root: string;
let crowd: Crowd;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-faults-'));
  await buildFaults(join(root, 'built'));
});
afterEach(() => crowd.end());
afterAll(() => rm(root, { recursive: true, force: true }));

const begin = (name: string) => {
  crowd = new Crowd(join(root, name, 'queue'), join(root, name, 'search'), join(root, 'built'));
};
const isEmpty = async (name: string) => expect(await readdir(join(root, name, 'queue', 'trials'))).toEqual([]);

it('ten workers and a search, killed a hundred times: no trial is lost, none counted twice, the best never falls', async () => {
  begin('kills');
  await randomKills(crowd, 100, 5);
  expect(crowd.trials.length).toBeGreaterThan(30);
  await isEmpty('kills');
}, 300_000);

it('a worker that was stopped and comes back after its lease is refused; another’s answer counts', async () => {
  begin('stopped');
  crowd.start('search');
  // Its trainings take so long that it is stopped in one.
  const slow = crowd.start('slow worker', { milliseconds: 600 });
  await expect.poll(() => crowd.log.length, { timeout: 60_000 }).toBeGreaterThan(0);
  crowd.signal('slow worker', 'SIGSTOP');
  const [taken] = crowd.log.filter((line) => line.endsWith(` ${slow.pid}`)).slice(-1);
  const id = taken!.split(' ')[1]!;
  crowd.start('worker', { milliseconds: 5 });
  await expect.poll(() => crowd.log.some((line) => line.startsWith(`answered ${id}`)), { timeout: 60_000 }).toBe(true);
  crowd.signal('slow worker', 'SIGCONT');
  await expect.poll(() => crowd.log, { timeout: 60_000 }).toContain(`lost ${id} ${slow.pid}`);
  await crowd.finish();
  crowd.check();
  await isEmpty('stopped');
}, 300_000);
