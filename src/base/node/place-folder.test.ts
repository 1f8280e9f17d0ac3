import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeFolder } from './place-folder.ts';

let root = '';
let place = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'yosegi-place-'));
  place = join(root, 'model');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const fill = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text);
const older = () => {
  mkdirSync(place);
  writeFileSync(join(place, 'other'), 'older');
};

it('puts a folder where nothing is, and another one in its place', async () => {
  await placeFolder(place, false, fill('first'));
  expect(readFileSync(join(place, 'file'), 'utf8')).toBe('first');
  await placeFolder(place, true, fill('second'));
  expect(readFileSync(join(place, 'file'), 'utf8')).toBe('second');
  rmSync(place, { recursive: true });
  await placeFolder(place, true, fill('third'));
  expect(readFileSync(join(place, 'file'), 'utf8')).toBe('third');
  expect(readdirSync(root)).toEqual(['model']);
});

it('leaves nothing of the old folder in the new one', async () => {
  older();
  await placeFolder(place, true, fill('new'));
  expect(readdirSync(place)).toEqual(['file']);
});

it('leaves what is there when it must not go, or when the writing fails', async () => {
  older();
  await expect(placeFolder(place, false, fill('new'))).rejects.toThrow(/ENOTEMPTY|EEXIST|EPERM/);
  const fails = (folder: string) => fill('half')(folder).then(() => Promise.reject(new Error('disk full')));
  await expect(placeFolder(place, true, fails)).rejects.toThrow(/^disk full$/);
  expect(readFileSync(join(place, 'other'), 'utf8')).toBe('older');
  expect(readdirSync(root)).toEqual(['model']);
});
