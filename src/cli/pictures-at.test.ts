import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../data/testing/folder.ts';
import { picturesAt } from './pictures-at.ts';

async function found(dir: string, ...places: string[]): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of await picturesAt(places.map((place) => join(dir, place)))) paths.push(path);
  return paths.map((path) => path.slice(dir.length + 1));
}

describe('picturesAt', () => {
  it('takes a name as it is first, and as a pattern only where nothing is called so', async () => {
    const files = [
      'line [3]/a (1).jpg',
      'line [3]/b.jpg',
      'line 3/a (1).jpg',
      'x[1].jpg',
      'x1.jpg',
      '{a,b}/*.jpg',
      'a/1.jpg',
    ];
    const dir = await folderOf(Object.fromEntries(files.map((file) => [file, 'x'])));
    expect(await found(dir, 'x[1].jpg')).toEqual(['x[1].jpg']);
    expect(await found(dir, 'x[12].jpg')).toEqual(['x1.jpg']);
    expect(await found(dir, 'line [3]/*.jpg')).toEqual(['line [3]/a (1).jpg', 'line [3]/b.jpg']);
    expect(await found(dir, 'line [3]/a (1).jpg')).toEqual(['line [3]/a (1).jpg']);
    expect(await found(dir, '{a,b}/*.jpg')).toEqual(['{a,b}/*.jpg']);
    expect(await found(dir, '{a,c}/?.jpg')).toEqual(['a/1.jpg']);
    expect(await found(dir, 'line*/b.jpg', 'a')).toEqual(['line [3]/b.jpg', 'a/1.jpg']);
    await expect(found(dir, 'a', 'none*.jpg')).rejects.toThrow(/no images at '.*none\*\.jpg'/);
  });

  it('finds names and patterns in either Unicode form', async () => {
    const [mac, other] = ['ガ1.jpg'.normalize('NFD'), 'é.jpg'.normalize('NFC')];
    const dir = await folderOf({ [mac]: 'x', [other]: 'x' });
    for (const form of ['NFC', 'NFD']) {
      expect(await found(dir, 'ガ1.jpg'.normalize(form), 'é.jpg'.normalize(form))).toEqual([mac, other]);
      expect(await found(dir, 'ガ*.jpg'.normalize(form))).toEqual([mac]);
    }
  });

  it.runIf(process.platform === 'linux')(
    'names what it passes over in a folder; a pipe that is asked for is given',
    async () => {
      const dir = await folderOf({ 'a/1.jpg': 'x' });
      execFileSync('mkfifo', [join(dir, 'a', 'pipe.jpg')]);
      const skipped: string[] = [];
      const files = await picturesAt([join(dir, 'a'), join(dir, 'a', 'pipe.jpg')], (path, what) =>
        skipped.push(`${path}: ${what}`),
      );
      const paths: string[] = [];
      for await (const path of files) paths.push(path);
      expect(paths).toEqual([join(dir, 'a', '1.jpg'), join(dir, 'a', 'pipe.jpg')]);
      expect(skipped).toEqual([`${join(dir, 'a', 'pipe.jpg')}: a pipe`]);
    },
  );
});
