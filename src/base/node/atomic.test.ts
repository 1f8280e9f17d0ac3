import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { YosegiError } from '../errors.ts';
import { atomicWrite, stageFile } from './atomic.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yosegi-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('atomicWrite', () => {
  it('writes text, bytes and pieces, over what was there, and leaves nothing else behind', async () => {
    const path = join(folder, 'a.txt');
    await atomicWrite(path, 'größer');
    expect(readFileSync(path, 'utf8')).toBe('größer');
    await atomicWrite(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    await atomicWrite(path, [Uint8Array.of(4), new Uint8Array(0), new Uint8Array(100_000).fill(5)]);
    expect(readFileSync(path)).toEqual(Buffer.from([4, ...new Uint8Array(100_000).fill(5)]));
    await atomicWrite(path, '');
    expect(readFileSync(path)).toHaveLength(0);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('replaces a symbolic link and leaves the file it points to alone', async () => {
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    await atomicWrite(join(folder, 'link'), 'new');
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('new');
  });

  it('names the path when it fails, and cleans up', async () => {
    await expect(atomicWrite(join(folder, 'none/a'), 'x')).rejects.toThrow(YosegiError);
    await expect(atomicWrite(join(folder, 'none/a'), 'x')).rejects.toThrow(/cannot write .*none\/a: ENOENT/);
    mkdirSync(join(folder, 'taken'));
    await expect(atomicWrite(join(folder, 'taken'), 'x')).rejects.toThrow(/in place at .*taken/);
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('survives writers of the same path at the same time: one of them wins whole', async () => {
    const path = join(folder, 'a');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(texts.map((text) => atomicWrite(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['a']);
  });
});

describe('stageFile', () => {
  it('does not touch the path before commit', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    const dropped = await stageFile(path, 'dropped');
    const kept = await stageFile(path, 'kept');
    expect(readFileSync(path, 'utf8')).toBe('old');
    await dropped.discard();
    await kept.commit();
    expect(readFileSync(path, 'utf8')).toBe('kept');
    expect(readdirSync(folder)).toEqual(['a']);
  });
});
