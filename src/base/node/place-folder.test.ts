import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { atomicWrite } from './atomic.ts';
import { clearLeftovers, pathBeside, recoverFolder } from './leftovers.ts';
import { claimFolder, type FolderKind, placeFolder, replaceFolder } from './place-folder.ts';

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
const kind: FolderKind = { marker: 'marker', noun: 'model', elsewhere: 'choose another --out' };

describe('placeFolder', () => {
  it('puts a folder where nothing is, and another one in its place', async () => {
    for (const text of ['first', 'second']) {
      await placeFolder(place, fill(text));
      expect(readFileSync(join(place, 'file'), 'utf8')).toBe(text);
    }
    rmSync(place, { recursive: true });
    await placeFolder(place, fill('third'));
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('third');
    expect(readdirSync(root)).toEqual(['model']);
  });

  it('leaves nothing of the old folder in the new one', async () => {
    older();
    await placeFolder(place, fill('new'));
    expect(readdirSync(place)).toEqual(['file']);
  });

  it('leaves what is there when the writing fails', async () => {
    older();
    const fails = (folder: string) => fill('half')(folder).then(() => Promise.reject(new Error('disk full')));
    await expect(placeFolder(place, fails)).rejects.toThrow(/^disk full$/);
    expect(readFileSync(join(place, 'other'), 'utf8')).toBe('older');
    expect(readdirSync(root)).toEqual(['model']);
  });
});

describe('claimFolder and replaceFolder', () => {
  it('take a free or empty place, one of their kind with force, and no other', async () => {
    expect(await claimFolder(place, false, kind)).toBe(place);
    mkdirSync(place);
    await replaceFolder(place, false, kind, (f) => writeFile(join(f, 'marker'), '1'));
    await expect(claimFolder(place, false, kind)).rejects.toThrow(
      `there is a model in ${place} already: replace it with --force, or choose another --out`,
    );
    await replaceFolder(place, true, kind, (f) => writeFile(join(f, 'precious'), '2'));
    await expect(claimFolder(place, true, kind)).rejects.toThrow(`${place} is not empty and no model: choose another`);
    expect(readdirSync(place)).toEqual(['precious']);
  });

  it('name the place where the file system is against it', async () => {
    writeFileSync(join(root, 'file'), '');
    const at = join(root, 'file', 'model');
    await expect(replaceFolder(at, true, kind, fill('x'))).rejects.toThrow(
      /cannot use .*file.model for the model: ENOTDIR/,
    );
    const bad = (f: string) => writeFile(join(f, 'no', 'file'), 'x');
    await expect(replaceFolder(place, true, kind, bad)).rejects.toThrow(/cannot write the model to .*model: ENOENT/);
  });
});

const script = fileURLToPath(new URL('./testing/die.ts', import.meta.url));
/** A process that is killed before its nth rename or removal. */
function killed(what: 'folder' | 'file', path: string, before: number): void {
  const run = () => execFileSync(process.execPath, ['--import', 'tsx', script, what, path, String(before)]);
  expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL' }));
}

describe('after kill -9', () => {
  it.each([
    ['before the old folder was moved away', 0, ['.new'], 'old'],
    ['between the two moves', 1, ['.new', '.old'], 'old'],
    ['before the old folder was deleted', 2, ['.old'], 'new'],
  ])('%s the place is whole on the next look', async (_, before, left, text) => {
    mkdirSync(place);
    writeFileSync(join(place, 'file'), 'old');
    writeFileSync(join(place, 'marker'), '');
    killed('folder', place, before);
    const hidden = readdirSync(root).filter((n) => n.startsWith('.'));
    expect(hidden.map((n) => n.slice(-4)).sort()).toEqual(left);
    expect(existsSync(place)).toBe(before !== 1);
    await recoverFolder(place);
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe(text);
    // One who only reads does not clear what is no longer needed; one who writes does.
    expect(await claimFolder(place, true, kind)).toBe(place);
    expect(readdirSync(root)).toEqual(['model']);
  });

  it('what was left is cleared by the next who writes there, and what belongs to the living is not', async () => {
    killed('file', join(root, 'a.json'), 0);
    expect(readdirSync(root)).toEqual([expect.stringMatching(/^\.a\.json\..*\.tmp$/)]);
    const ours = [pathBeside(join(root, 'b'), 'tmp'), pathBeside(join(root, 'c'), 'new')];
    writeFileSync(ours[0]!, 'on its way');
    mkdirSync(ours[1]!);
    await atomicWrite(join(root, 'a.json'), '1');
    expect(readdirSync(root).map((n) => join(root, n))).toEqual([...ours, join(root, 'a.json')].sort());
  });

  it('leaves other hidden files alone, and those of other machines and older versions for an hour', async () => {
    const aged = ['.x.1-00000001-00000002.01234567.old', '.x.01234567.new', '.a.0123456789ab.tmp'];
    const kept = ['.a.b.old', '.a.tmp', '.gitignore', 'x'];
    for (const name of [...aged, ...kept]) writeFileSync(join(root, name), '');
    await clearLeftovers(root);
    expect(readdirSync(root).sort()).toEqual([...kept, ...aged].sort());
    const then = new Date(Date.now() - 7_200_000);
    for (const name of [...aged, ...kept]) utimesSync(join(root, name), then, then);
    await clearLeftovers(root);
    expect(readdirSync(root).sort()).toEqual(kept);
  });
});
