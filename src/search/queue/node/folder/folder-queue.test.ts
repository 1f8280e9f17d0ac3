import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { YosegiError } from '../../../../base/errors.ts';
import { keepsItsWord } from '../../testing/contract.ts';
import { answerFor, example } from '../../testing/example.ts';
import { type FolderQueueOptions, folderQueue } from './folder-queue.ts';
import { placeDirectly, placeOnce } from './once.ts';
import { lastStep, leaseText, stepPath } from './steps.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-queue-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.each([
  ['a folder', placeOnce],
  ['a folder where files have one name only', placeDirectly],
])('%s', (name, place) => {
  const lasts = 500;
  keepsItsWord(lasts, (holder) => folderQueue(join(root, name), { lasts, beat: holder === 'beats' ? 50 : 1e6, place }));
});

const opened = async (name: string, options: FolderQueueOptions = {}) => {
  const queue = await folderQueue(join(root, name), options);
  return { queue, folder: (number: number) => join(root, name, 'trials', example(number).id) };
};

it('a worker is told that its trial is gone', async () => {
  const { queue } = await opened('told', { beat: 20 });
  await queue.ask(example(5));
  const lease = (await queue.take('a test'))!;
  await queue.settle(example(5).id);
  await expect.poll(() => lease.lost.aborted).toBe(true);
  expect(await lease.answer(answerFor(example(5)))).toBe(false);
});

it('a lease that a killed worker wrote half of ends like one of a worker that is silent', async () => {
  const { queue, folder } = await opened('half', { lasts: 50 });
  await queue.ask(example(1));
  await writeFile(stepPath(folder(1), 1), leaseText('a test').slice(0, 20));
  expect(await queue.take('a test')).toBeUndefined();
  await expect.poll(() => queue.take('a test')).toMatchObject({ token: 2, silent: 1 });
});

it('a lease of a dead process of this machine ends at once, whatever its clock said', async () => {
  const { queue, folder } = await opened('dead');
  await queue.ask(example(1));
  const dead = JSON.parse(leaseText('a test'));
  dead.process.started = 'long ago';
  await writeFile(stepPath(folder(1), 1), JSON.stringify(dead));
  const future = new Date(Date.now() + 1e9);
  await utimes(stepPath(folder(1), 1), future, future);
  expect(await queue.look(example(1).id)).toEqual({ kind: 'waiting' });
  expect(await queue.take('a test')).toMatchObject({ token: 2, silent: 1 });
});

it('on a full disk no trial is lost, and none is there by halves', async () => {
  let full = false;
  const cause = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write' });
  const place: typeof placeOnce = async (path, text) => {
    if (full) throw new YosegiError(`cannot write ${path}`, { cause });
    return placeOnce(path, text);
  };
  const { queue, folder } = await opened('full', { place, beat: 20, lasts: 100 });
  await queue.ask(example(1));
  full = true;
  await expect(queue.take('a test')).rejects.toThrow(/cannot write/);
  full = false;
  const lease = (await queue.take('a test'))!;
  full = true;
  await expect(lease.answer(answerFor(example(1)))).rejects.toThrow(/cannot write/);
  await expect(lease.giveBack()).rejects.toThrow(/cannot write/);
  full = false;
  expect((await lastStep(folder(1)))?.number).toBe(1);
  expect(await lease.answer(answerFor(example(1)))).toBe(true);
  expect(await readdir(folder(1))).toEqual(['1.json', '2.json', 'asked.json']);
});

it('a folder that holds something else is refused; so is a queue of a later yosegi, and a damaged trial is named', async () => {
  await mkdir(join(root, 'other'));
  await writeFile(join(root, 'other', 'holiday.jpg'), '');
  await expect(folderQueue(join(root, 'other'))).rejects.toThrow(/is not empty and no queue: choose another folder/);
  await expect(folderQueue(join(root, 'other', 'holiday.jpg'))).rejects.toThrow(/holiday\.jpg/);
  await mkdir(join(root, 'later'));
  await writeFile(join(root, 'later', 'queue.json'), '{"format": 2, "kind": "yosegi-queue"}');
  await expect(folderQueue(join(root, 'later'))).rejects.toThrow(/queue\.json .*update yosegi/s);
  const { queue, folder } = await opened('damaged');
  await queue.ask(example(1));
  await writeFile(join(folder(1), 'asked.json'), '{"id": 3}');
  await expect(queue.take('a test')).rejects.toThrow(/asked\.json .*one version of yosegi/s);
});
