import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepsItsWord } from '../../testing/contract.ts';
import { buildFaults, Crowd, randomKills } from '../../testing/faults.ts';
import { type Server, startServer } from '../../testing/servers.ts';
import { openQueue } from '../open.ts';
import { loaded } from './load.ts';

/** Where a server is not installed its tests are skipped: Debian has redis-server and postgresql. */
const servers = {
  redis: await startServer('redis'),
  postgres: await startServer('postgres'),
};
const built = await mkdtemp(join(tmpdir(), 'yosegi-built-'));
beforeAll(() => buildFaults(built));
afterAll(async () => {
  for (const server of Object.values(servers)) await server?.end();
  await rm(built, { recursive: true, force: true });
});

describe.each(Object.entries(servers))('%s', (kind, server) => {
  const missing = `${kind} is not installed: its tests are skipped`;
  if (!server) return it.skip(missing, () => {});
  onServer(server);
});

function onServer({ url }: Server): void {
  let root: string;
  let crowd: Crowd | undefined;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'yosegi-server-'));
  });
  afterEach(() => crowd?.end());
  afterAll(() => rm(root, { recursive: true, force: true }));

  keepsItsWord(1000, (holder) => openQueue(url, { lasts: 1000, beat: holder === 'beats' ? 150 : 1e6 }));

  it('ten workers and a search, killed a hundred times: no trial is lost, none counted twice, the best never falls', async () => {
    crowd = new Crowd(url, join(root, 'search'), built);
    await randomKills(crowd, 100, 5);
    const queue = await openQueue(url);
    expect(await queue.take('a test')).toBeUndefined();
    await queue.close();
  }, 300_000);
}

it('says that nobody answers, without the password, and what packages are missing', async () => {
  const nobody = openQueue('postgres://me:hush@127.0.0.1:1/db');
  await expect(nobody).rejects.toThrow(/^no queue answers at 127\.0\.0\.1:1: /);
  const load = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }));
  await expect(loaded(load, 'bullmq', 'pg')).rejects.toThrow(/npm install bullmq pg/);
});
