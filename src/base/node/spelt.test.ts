import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spelt } from './spelt.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-spelt-'));
  const folder = join(root, 'ガラス'.normalize('NFD'));
  await mkdir(folder);
  await writeFile(join(folder, 'café.jpg'.normalize('NFC')), 'x');
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('finds files and folders in either Unicode form, from anywhere', async () => {
  const [folder] = await readdir(root);
  const real = join(root, folder!, 'café.jpg'.normalize('NFC'));
  for (const form of ['NFC', 'NFD']) {
    const asked = join(root, 'ガラス', 'café.jpg').normalize(form);
    expect(await spelt(asked)).toBe(real);
    const near = relative(process.cwd(), asked);
    expect(await spelt(near)).toBe(relative(process.cwd(), real));
  }
  expect(await spelt(join(root, 'ガラス', 'cafe.jpg'))).toBeUndefined();
  expect(await spelt(join(root, 'gone', 'x'))).toBeUndefined();
});
