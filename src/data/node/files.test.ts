import { execFileSync } from 'node:child_process';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../testing/folder.ts';
import { leftAside } from './aside.ts';
import { list, listPictures, type Odd, walkPictures } from './files.ts';

const linux = process.platform === 'linux';
const gif = Buffer.from('GIF89a');

describe('list', () => {
  it('leaves out what systems, network disks and programs leave behind, and keeps classes of any name', async () => {
    const junk = ['@eaDir', '#recycle', '@Recycle', '__MACOSX', '.ipynb_checkpoints', 'lost+found', '$RECYCLE.BIN'];
    junk.push('System Volume Information', 'RECYCLER', 'found.000', '__pycache__', '#snapshot', '.Trash-1000');
    const real = [
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      '👨‍👩‍👧',
      '良品',
      'trash',
      'recycled',
      'a@b',
      '#1',
    ];
    real.push('x'.repeat(200));
    const entries = [...junk, ...real].map((name) => [`${name}/001.gif`, gif] as const);
    const dir = await folderOf(
      Object.fromEntries([
        ...entries,
        ['Thumbs.db', 'x'],
        ['.DS_Store', 'x'],
        ['._001.gif', gif],
        ['desktop.ini', 'x'],
      ]),
    );
    const { folders, files, left } = await list(dir);
    expect(folders).toEqual([...real].sort());
    expect(files).toEqual([]);
    expect(left).toContain('@eaDir');
  });

  it.runIf(linux)('names what is no regular file and where links lead, and opens none of it', async () => {
    const dir = await folderOf({ 'a/1.gif': gif, 'a/2.gif': gif });
    execFileSync('mkfifo', [join(dir, 'a', 'pipe.jpg')]);
    await symlink(join(dir, 'a', 'pipe.jpg'), join(dir, 'a', 'to-pipe.png'));
    await symlink('/dev/zero', join(dir, 'a', 'zero'));
    await symlink('nowhere.jpg', join(dir, 'a', 'dangling.jpg'));
    await symlink('circle.jpg', join(dir, 'a', 'circle.jpg'));
    await symlink('1.gif', join(dir, 'a', 'to-1.gif'));
    await symlink('..', join(dir, 'a', 'up'));
    const odd: Odd[] = [];
    expect(await listPictures(dir, (one) => odd.push(one))).toEqual(['a/1.gif', 'a/2.gif', 'a/to-1.gif']);
    expect(odd.map(({ name, what }) => `${name}: ${what}`)).toEqual([
      'a/circle.jpg: a link that leads in a circle',
      'a/dangling.jpg: a link that leads nowhere',
      'a/pipe.jpg: a pipe',
      'a/to-pipe.png: a link to a pipe',
      'a/up: a link to a folder that it lies in',
      'a/zero: a link to a device',
    ]);
  });

  it.runIf(linux)('says of a name that is not Unicode what it is and how to rename it', async () => {
    const dir = await folderOf({ 'a/1.gif': gif, 'b/1.gif': gif, 'c\ufffd/1.gif': gif });
    const name = Buffer.of(0x97, 0xc7, 0x95, 0x69);
    await rename(Buffer.from(join(dir, 'b')), Buffer.concat([Buffer.from(`${dir}/`), name]));
    const { folders, odd } = await list(dir, true);
    await expect(list(dir)).rejects.toThrow(/the folder .* holds a name that is not UTF-8/);
    await expect(listPictures(dir)).rejects.toThrow(/convmv/);
    expect(await listPictures(dir, () => undefined)).toEqual(['a/1.gif', 'c\ufffd/1.gif']);
    // A replacement character that is really there is a letter like any other.
    expect(folders).toEqual(['a', 'c\ufffd']);
    expect(odd).toHaveLength(1);
    expect(odd[0]!.what).toMatch(
      /not UTF-8 \(the bytes \\x97\\xc7\\x95i, in Shift-JIS '良品'\): rename it.*convmv -f shift-jis/,
    );
  });
});

describe('leftAside', () => {
  it.runIf(linux)('says in sentences what is passed over', async () => {
    const dir = await folderOf({ 'a/1.gif': gif, '@eaDir/x/2.gif': gif, 'b/@eaDir/3.gif': gif, 'b/4.gif': gif });
    expect(await leftAside(join(dir, 'a'))).toEqual([]);
    for (const k of [1, 2, 3, 4]) execFileSync('mkfifo', [join(dir, 'a', `${k}.jpg`)]);
    await symlink('..', join(dir, 'a', 'up'));
    expect(await leftAside(dir)).toEqual([
      'not used: a/1.jpg (a pipe), a/2.jpg (a pipe), a/3.jpg (a pipe) and 2 more',
      'left out: @eaDir, made by a system, a network disk or a program',
    ]);
  });
});

describe('walkPictures', () => {
  it('gives files while it searches, and says how deep it goes', async () => {
    const dir = await folderOf({ '1.gif': gif, 'b/2.gif': gif, [`${'d/'.repeat(12)}3.gif`]: gif });
    await mkdir(join(dir, 'c'));
    const walk = walkPictures(dir);
    expect((await walk.next()).value).toBe('1.gif');
    expect((await walk.next()).value).toBe('b/2.gif');
    const odd: Odd[] = [];
    expect(await listPictures(dir, (one) => odd.push(one))).toHaveLength(2);
    expect(odd).toMatchObject([{ name: 'd/d/d/d/d/d/d/d/d', what: expect.stringMatching(/deeper than 8/) }]);
  });
});
