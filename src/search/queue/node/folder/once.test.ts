import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeDirectly, placeOnce } from './once.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-once-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  ['with a second name', placeOnce],
  ['in place', placeDirectly],
])('of many that make a file, one does, whole: %s', async (name, place) => {
  const path = join(root, name);
  const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000));
  const made = await Promise.all(texts.map((text) => place(path, text)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(texts[made.indexOf(true)]);
  expect((await readdir(root)).filter((n) => n.startsWith('.'))).toEqual([]);
});

it('knows its own file again, gives up where the folder is gone, and says where it cannot write', async () => {
  await writeFile(join(root, 'own'), 'mine');
  // As where the answer of a network share to the first try was lost.
  expect(await placeOnce(join(root, 'own'), 'mine')).toBe(true);
  expect(await placeOnce(join(root, 'own'), 'yours')).toBe(false);
  expect(await placeOnce(join(root, 'gone', 'a'), 'x')).toBe(false);
  await expect(placeOnce(join(root, 'own', 'a'), 'x')).rejects.toThrow(/cannot write .*own\/a: ENOTDIR/);
});
