import { execFileSync } from 'node:child_process';
import { rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../../base/errors.ts';
import { classFiles, folderOf, picture, png } from '../../data/testing/folder.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { splits } from '../../tasks/splits.ts';
import { type Dataset, openDataset } from './dataset.ts';
import { describe as text } from './describe.ts';
import { summarise } from './summary.ts';

const linux = process.platform === 'linux';

async function opened(dir: string): Promise<Dataset> {
  const dataset = await openDataset(dir, classify, { workers: 0, testFraction: 0, valFraction: 0 });
  await dataset.close();
  return dataset;
}

describe('openDataset: folders as others leave them', () => {
  it('takes classes of any name, and lets none of them steer the terminal', async () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '👨‍👩‍👧', '良品', 'x'.repeat(200)];
    if (linux) names.push('\x1b[31mred\x1b[0m', 'a\nb', '-rf', '"quoted"');
    const files: Record<string, Uint8Array> = {};
    for (const [k, name] of names.entries()) {
      for (const n of [0, 1])
        Object.defineProperty(files, `${name}/${n}.png`, { value: await png(picture(9 * k + n)), enumerable: true });
    }
    const dataset = await opened(await folderOf(files));
    expect([...dataset.classes].sort()).toEqual([...names].sort());
    const summary = summarise(dataset);
    expect(summary.classes.map((c) => c.total)).toEqual(names.map(() => 2));
    const shown = text(summary);
    expect(shown).toContain('👨‍👩‍👧');
    expect(shown).not.toContain('\x1b');
    expect(shown.split('\n').some((line) => line.startsWith('b '))).toBe(false);
  });

  it('reads split.json in any encoding, and finds files whose names are in another Unicode form', async () => {
    const pictures = Object.fromEntries(
      await Promise.all(
        [1, 2].flatMap((n) =>
          ['cafe\u0301', '良品'].map(
            async (c) => [`${c}/${n}\u00fc.png`, await png(picture(n + c.length * 7))] as const,
          ),
        ),
      ),
    );
    const json = JSON.stringify({
      classes: ['caf\u00e9', '良品'],
      train: ['caf\u00e9/1u\u0308.png', 'cafe\u0301\\2\u00fc.png', './良品/1u\u0308.png', '良品/2\u00fc.png'],
    });
    const wide = Buffer.from(`\ufeff${json}`, 'utf16le');
    for (const content of [json, `\ufeff${json}`, wide, Buffer.from(wide).swap16(), Buffer.from(json, 'utf16le')]) {
      const dataset = await opened(await folderOf({ ...pictures, 'split.json': content }));
      expect(dataset.classes).toEqual(['caf\u00e9', '良品']);
      expect(dataset.problems).toEqual([]);
      expect(dataset.items.train.map(({ target }) => target)).toEqual([0, 0, 1, 1]);
      expect(dataset.remarks).toEqual([]);
    }
    // 良品 in Shift-JIS.
    const before = Buffer.from('{"classes": ["a", "');
    const middle = Buffer.from('"], "train": ["a/1.png", "');
    const name = Buffer.of(0x97, 0xc7, 0x95, 0x69);
    const dir = await folderOf({
      'a/1.png': await png(picture(1)),
      '良品/1.png': await png(picture(2)),
      'split.json': Buffer.concat([before, name, middle, name, Buffer.from('/1.png"]}')]),
    });
    expect((await opened(dir)).classes).toEqual(['a', '良品']);
  });

  it('takes class folders of train and test for one where only their Unicode form differs', async () => {
    const dir = await folderOf({
      ...(await classFiles([2], { prefix: 'train/' })),
      'train/caf\u00e9/1.png': await png(picture(91)),
      'train/caf\u00e9/2.png': await png(picture(92)),
      'test/cafe\u0301/3.png': await png(picture(93)),
    });
    const { classes, items } = await opened(dir);
    expect(classes).toEqual(['a', 'caf\u00e9']);
    expect(items.test.map(({ path, target }) => [path, target])).toEqual([['test/cafe\u0301/3.png', 1]]);
  });

  it('says what is wrong with a split.json, whatever it holds', async () => {
    const files = await classFiles([2, 2], { width: 2, height: 2 });
    const deep = await folderOf({ ...files, 'split.json': '{"classes":'.repeat(1e5) });
    await expect(opened(deep)).rejects.toThrow(/split\.json is nested deeper than 200 levels/);
    const dir = await folderOf({ ...files, 'split.json': '' });
    const names = fc.oneof(
      fc.constantFrom('a', 'b', 'a/0.png', 'b/1.png', '../a', '__proto__', '', 'a/..//x'),
      fc.string(),
    );
    const value = fc.oneof(fc.array(names, { maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }));
    const file = fc.record({ classes: value, train: value, test: value }, { requiredKeys: [] });
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((b) => Buffer.from(b)),
      file.map((v) => JSON.stringify(v)),
    );
    await fc.assert(
      fc.asyncProperty(content, async (written) => {
        await writeFile(join(dir, 'split.json'), written);
        try {
          await opened(dir);
        } catch (error) {
          expect(error).toBeInstanceOf(YosegiError);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.runIf(linux)(
    'names and passes over pipes and links that lead nowhere; a sparse file is refused unread',
    async () => {
      const dir = await folderOf(await classFiles([12, 12], { width: 2, height: 2 }));
      execFileSync('mkfifo', [join(dir, 'a', 'live.jpg')]);
      await symlink('/dev/zero', join(dir, 'b', 'zero.png'));
      await symlink('..', join(dir, 'b', 'up'));
      await writeFile(join(dir, 'a', 'huge.jpg'), '');
      await truncate(join(dir, 'a', 'huge.jpg'), 200e6);
      await writeFile(join(dir, 'a', 'more.jpg'), '');
      await truncate(join(dir, 'a', 'more.jpg'), 6e9);
      const start = performance.now();
      const dataset = await openDataset(dir, classify, { workers: 0, maxBroken: 0.5 });
      await dataset.close();
      expect(performance.now() - start).toBeLessThan(5000);
      expect(dataset.problems.map(({ file, fault }) => [file, fault])).toEqual([
        ['a/huge.jpg', 'not-an-image'],
        ['a/more.jpg', 'too-many-bytes'],
      ]);
      expect(dataset.remarks).toEqual([
        'not used: a/live.jpg (a pipe), b/up (a link to a folder that it lies in), b/zero.png (a link to a device)',
      ]);
      expect(splits.reduce((sum, split) => sum + dataset.items[split].length, 0)).toBe(24);
    },
  );

  it.runIf(linux)('refuses a class folder whose name is not Unicode, and says how to rename it', async () => {
    const dir = await folderOf(await classFiles([2, 2, 2], { width: 2, height: 2 }));
    await rename(Buffer.from(join(dir, 'c')), Buffer.concat([Buffer.from(`${dir}/`), Buffer.of(0x97, 0xc7)]));
    await expect(opened(dir)).rejects.toThrow(/the folder .* holds a name that is not UTF-8.*Shift-JIS '良'.*convmv/);
  });

  it('reads IDX files once, into memory that workers share, and no more than they state', async () => {
    const idx = (dims: number[], values: number) =>
      Uint8Array.from([
        0,
        0,
        8,
        dims.length,
        ...dims.flatMap((d) => [0, 0, d >> 8, d & 255]),
        ...Array.from({ length: values }, (_, i) => (i * 7) % 251),
      ]);
    const labels = idx([8], 0);
    const files = {
      'train-labels-idx1-ubyte': Buffer.concat([labels, Buffer.of(0, 1, 0, 1, 0, 1, 0, 1)]),
      // クラス names in UTF-16, as Notepad saves them.
      'classes.txt': Buffer.from('\ufeff良品\r\n傷\r\n', 'utf16le'),
    };
    const dir = await folderOf({ ...files, 'train-images-idx3-ubyte.gz': gzipSync(idx([8, 2, 3], 48)) });
    const dataset = await opened(dir);
    expect(dataset.classes).toEqual(['良品', '傷']);
    const sources = dataset.items.train.map(({ source }) => source);
    const arrays = new Set(sources.map((s) => (s.kind === 'idx' ? s.idx.data.buffer : undefined)));
    expect(arrays.size).toBe(1);
    expect([...arrays][0]).toBeInstanceOf(SharedArrayBuffer);
    const lies = await folderOf({ ...files, 'train-images-idx3-ubyte.gz': gzipSync(idx([8, 2, 3], 1e6)) });
    await expect(opened(lies)).rejects.toThrow(/holds more than the 64 bytes that its header states/);
    const huge = Uint8Array.from([
      0,
      0,
      8,
      3,
      ...[0, 255, 255, 255],
      ...[0, 0, 255, 255],
      ...[0, 0, 255, 255],
      0,
      0,
      0,
      0,
    ]);
    const bomb = await folderOf({ ...files, 'train-images-idx3-ubyte.gz': gzipSync(huge) });
    await expect(opened(bomb)).rejects.toThrow(/states \d+ MB; the limit is/);
  });
});
