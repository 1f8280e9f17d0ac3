import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBounded, readText } from './bounded.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'yosegi-bounded-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('readBounded', () => {
  it('reads a file, and refuses a larger one without reading it', async () => {
    const path = join(dir, 'a');
    await writeFile(path, 'abc');
    expect([...(await readBounded(path, 3))]).toEqual([97, 98, 99]);
    await truncate(path, 2 ** 40);
    const start = performance.now();
    await expect(readBounded(path, 256e6)).rejects.toThrow('the file has 1099512 MB; the limit is 256 MB');
    expect(performance.now() - start).toBeLessThan(1000);
    await expect(readBounded(dir, 9)).rejects.toThrow('it is a folder, not a file');
    await expect(readBounded(join(dir, 'none'), 9)).rejects.toThrow(/ENOENT/);
  });

  it.skipIf(process.platform === 'win32')(
    'never waits for a pipe, a device or a socket, nor for a link to one',
    async () => {
      execFileSync('mkfifo', [join(dir, 'pipe')]);
      await symlink(join(dir, 'pipe'), join(dir, 'link'));
      await symlink('/dev/zero', join(dir, 'zero'));
      const server = createServer().listen(join(dir, 'socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      for (const [name, what] of [
        ['pipe', /a pipe, not a file/],
        ['link', /a pipe, not a file/],
        ['zero', /a device, not a file/],
        ['socket', /a socket or a device/],
      ] as const) {
        await expect(readBounded(join(dir, name), 1e6)).rejects.toThrow(what);
      }
      server.close();
    },
  );
});

describe('readText', () => {
  it('names the file', async () => {
    const path = join(dir, 'labels.txt');
    await writeFile(path, Buffer.from('\ufefftür\n', 'utf16le'));
    expect(await readText(path)).toBe('tür\n');
    await expect(readText(path, 4)).rejects.toThrow(/labels\.txt cannot be read: the file has 0\.0 MB; the limit/);
  });
});
