import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderLockedError, folderHolder, LOCK_FILE, lockFolder } from './lock.ts';
import { thisProcess } from './process.ts';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const script = fileURLToPath(new URL('./testing/hold.ts', import.meta.url));
const hold = (what: string) => {
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, said: once(createInterface(child.stdout), 'line').then(([line]) => String(line)) };
};
const killed = async (child: ChildProcess) => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};
/** A lock file as another process would have left it, touched `minutes` ago. */
const leave = (text: string, minutes = 0) => {
  writeFileSync(join(folder, LOCK_FILE), text);
  const then = new Date(Date.now() - minutes * 60_000);
  utimesSync(join(folder, LOCK_FILE), then, then);
};
const since = '2026-01-02T03:04:05.000Z';

it('is held by one, who is named to the next, and free after', async () => {
  const lock = await lockFolder(folder, { what: 'train' });
  expect(lock.tookOver).toBeUndefined();
  expect(lock.holder).toMatchObject({ pid: process.pid, host: hostname(), what: 'train' });
  await expect(lockFolder(folder, { what: 'eval' })).rejects.toThrow(FolderLockedError);
  await expect(lockFolder(folder, { what: 'eval' })).rejects.toThrow(
    /in use: this process holds it for 'train' since 2/,
  );
  expect((await folderHolder(folder))?.what).toBe('train');
  await lock.confirm();
  await lock.release();
  await lock.release();
  expect(await folderHolder(folder)).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
  await (await lockFolder(folder, { what: 'eval' })).release();
});

it('refuses while another process lives, and takes over with a word after kill -9', async () => {
  const first = hold('train');
  expect(await first.said).toBe('held');
  const { pid } = first.child;
  const second = hold('train again');
  expect(await second.said).toMatch(new RegExp(`refused: .* in use: process ${pid} on .* holds it for 'train' since`));
  await killed(first.child);
  expect(readdirSync(folder)).toEqual([LOCK_FILE]);
  const lock = await lockFolder(folder, { what: 'resume' });
  expect(lock.tookOver).toMatch(new RegExp(`^process ${pid}, which held it for 'train' since .*, no longer runs$`));
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('goes to exactly one of many who find the same dead lock', async () => {
  leave(JSON.stringify({ ...thisProcess(), started: '1', what: 'train', since }));
  const tries = Array.from({ length: 24 }, () => lockFolder(folder, { what: 'train' }));
  const done = await Promise.allSettled(tries);
  const won = done.flatMap((d) => (d.status === 'fulfilled' ? [d.value] : []));
  expect(won).toHaveLength(1);
  const lost = done.flatMap((d) => (d.status === 'rejected' ? [d.reason] : []));
  expect(lost.every((e) => e instanceof FolderLockedError)).toBe(true);
  await won[0]!.confirm();
  await won[0]!.release();
  expect(readdirSync(folder)).toEqual([]);
});

it('goes to exactly one of several processes who find it at once', async () => {
  leave(JSON.stringify({ ...thisProcess(), started: '1', what: 'train', since }));
  const said = await Promise.all([hold('a').said, hold('b').said, hold('c').said]);
  expect(said.filter((s) => s.startsWith('took over'))).toHaveLength(1);
  expect(said.filter((s) => s.startsWith('refused'))).toHaveLength(2);
});

it('knows a number that was given to another process since', async () => {
  leave(JSON.stringify({ ...thisProcess(), started: '1', what: 'train', since }));
  const lock = await lockFolder(folder, { what: 'train' });
  // Where the system does not say when a process started, only time tells.
  if (thisProcess().started) expect(lock.tookOver).toMatch(/no longer runs/);
  await lock.release();
});

it('asks the clock about another machine', async () => {
  const far = JSON.stringify({ pid: 7, started: '5', host: 'far', machine: 'far x y', what: 'train', since });
  leave(far, 2);
  await expect(lockFolder(folder, { what: 'train' })).rejects.toThrow(
    /process 7 on far holds it for 'train' since 2026-01-02T03:04:05.000Z, last heard of 2 min ago/,
  );
  leave(far, 6);
  const lock = await lockFolder(folder, { what: 'train' });
  expect(lock.tookOver).toMatch(/^process 7 on far, .*, has not been heard of for 6 min$/);
  await lock.release();
});

it('takes half a lock for one that is being written, then for one that was left', async () => {
  leave('{"pid":');
  await expect(lockFolder(folder, { what: 'train' })).rejects.toThrow(/just taking it; try again/);
  leave('{"pid":', 1);
  const lock = await lockFolder(folder, { what: 'train' });
  expect(lock.tookOver).toBe('a lock was left half written');
  await lock.release();
});

it('can be taken from the living; they are told and do not take it back', async () => {
  const first = await lockFolder(folder, { what: 'train' });
  const second = await lockFolder(folder, { what: 'mend', force: true });
  expect(second.tookOver).toMatch(/this process holds it for 'train' since .*; it was taken over all the same/);
  await expect(first.confirm()).rejects.toThrow(/no longer this process's/);
  await first.release();
  expect(JSON.parse(readFileSync(join(folder, LOCK_FILE), 'utf8')).what).toBe('mend');
  await second.confirm();
  await second.release();
});

it('says so when the folder is missing or goes away', async () => {
  await expect(lockFolder(join(folder, 'none'), { what: 'train' })).rejects.toThrow(/cannot lock with .*none.*ENOENT/);
  const lock = await lockFolder(folder, { what: 'train' });
  rmSync(folder, { recursive: true });
  await expect(lock.confirm()).rejects.toThrow(/is gone or somebody else's/);
  await lock.release();
});
