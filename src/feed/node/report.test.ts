import { join } from 'node:path';
import { expect, describe as group, it } from 'vitest';
import { dataCommand } from '../../cli/data.ts';
import { drawText, fillBox, paste } from '../../data/draw.ts';
import { image } from '../../data/image.ts';
import { decodeImage } from '../../data/node/decode.ts';
import { classFiles, folderOf, picture, png } from '../../data/testing/folder.ts';
import { classify } from '../../tasks/classify/node/classify.ts';
import { openDataset } from './dataset.ts';
import { describe } from './describe.ts';
import { contactSheet } from './sheet.ts';
import { summarise } from './summary.ts';

async function troubled(): Promise<string> {
  const twin = await png(picture(900));
  return folderOf({
    ...(await classFiles([40, 5], { prefix: 'train/' })),
    ...(await classFiles([3, 3], { prefix: 'test/', seed: 300 })),
    'train/a/twin.png': twin,
    'test/b/twin.png': twin,
    'train/a/empty.png': '',
  });
}

group('summarise and describe', () => {
  it('say what is there, what is wrong and what to do', async () => {
    const dataset = await openDataset(await troubled(), classify, { workers: 0 });
    await dataset.close();
    const summary = summarise(dataset);
    expect(summary.classes).toEqual([
      { name: 'a', train: 37, val: 4, test: 3, total: 44 },
      { name: 'b', train: 4, val: 1, test: 4, total: 9 },
    ]);
    expect(summary.imbalance).toBe(4.89);
    expect(summary.sizes).toEqual([{ width: 24, height: 20, count: 53 }]);
    expect(summary.duplicates.acrossSplits).toHaveLength(1);
    expect(summary.duplicates.acrossClasses).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    const text = describe(summary);
    expect(text).toMatch(/^class {2}train {2}val {2}test {2}total\na {9}37 {4}4 {5}3 {5}44$/m);
    for (const line of [
      /53 pictures in 2 classes/,
      /val drawn from train/,
      /train\/a\/empty\.png: the file is empty/,
      /two classes: keep the right one/,
      /train\/a\/twin\.png \(train\) {2}= {2}test\/b\/twin\.png \(test\)|test\/b\/twin\.png \(test\) {2}= {2}train\/a\/twin\.png \(train\)/,
      /Collect more pictures of: b \(4\)/,
      /classes are uneven/,
    ]) {
      expect(text).toMatch(line);
    }
  });

  it('have nothing to do where all is well', async () => {
    const files = await classFiles([60, 60], { width: 3, height: 3 });
    const dataset = await openDataset(await folderOf(files), classify, { workers: 0 });
    await dataset.close();
    expect(describe(summarise(dataset))).not.toMatch(/To do/);
  });
});

group('contactSheet', () => {
  it('shows every class with its name and some of its pictures', async () => {
    const plain = (r: number, g: number) =>
      png(
        image(
          8,
          8,
          new Uint8Array(192).map((_, i) => [r, g, 0][i % 3]!),
        ),
      );
    const dir = await folderOf({
      'red/0.png': await plain(255, 0),
      'red/1.png': await plain(254, 0),
      'grün/0.png': await plain(0, 255),
      'grün/1.png': await plain(0, 254),
    });
    const dataset = await openDataset(dir, classify, { workers: 0, testFraction: 0, valFraction: 0 });
    const sheet = await contactSheet(dataset, 3, 32);
    await dataset.close();
    const at = (x: number, y: number) => [
      ...sheet.data.subarray((y * sheet.width + x) * 3, (y * sheet.width + x) * 3 + 3),
    ];
    // 'grün' comes first; a row is 22 of text, 32 of pictures and 6 between.
    expect(at(20, 6 + 36)).toEqual([0, 255, 0]);
    expect(at(20, 6 + 60 + 36)).toEqual([255, 0, 0]);
    expect(at(6 + 2 * 38 + 16, 6 + 36)).toEqual([255, 255, 255]);
    const title = Array.from({ length: 16 }, (_, y) =>
      Array.from({ length: 90 }, (_, x) => at(6 + x, 66 + y)[0]!),
    ).flat();
    expect(title.filter((v) => v < 60).length).toBeGreaterThan(100);
  });

  it('shows what a task draws of its target, where the picture lies', async () => {
    const drawn: string[] = [];
    const drawing: typeof classify = {
      ...classify,
      draw: (small, target, { from, size }) => {
        drawn.push(`${target} ${from} ${size}`);
        small.data.fill(7);
      },
    };
    const dataset = await openDataset(await folderOf(await classFiles([2, 2])), drawing, { workers: 0 });
    const sheet = await contactSheet(dataset, 1, 32);
    await dataset.close();
    expect(drawn).toEqual(['0 20,24 32,38', '1 20,24 32,38']);
    expect(sheet.data.filter((v) => v === 7)).toHaveLength(2 * 32 * 38 * 3);
  });
});

group('drawText', () => {
  it('draws letters, cuts off what does not fit and marks what it cannot draw', () => {
    const letters = (text: string) => {
      const out = image(12, 8);
      drawText(out, 0, 0, text, [1, 1, 1]);
      return Array.from({ length: 8 }, (_, y) =>
        Array.from({ length: 5 }, (_, x) => (out.data[(y * 12 + x) * 3] ? '#' : '.')).join(''),
      );
    };
    expect(letters('L')).toEqual(['#....', '#....', '#....', '#....', '#....', '#....', '#####', '.....']);
    expect(letters('錆')).toEqual(letters('?'));
    const small = image(3, 3);
    drawText(small, -2, -2, 'WWWW', [9, 9, 9], 3);
    fillBox(small, 2, 2, 10, 10, [5, 5, 5]);
    paste(small, image(4, 4, new Uint8Array(48).fill(7)), -3, -3);
    expect([small.data[0], small.data[26]]).toEqual([7, 5]);
  });
});

group('yosegi data', () => {
  async function run(...args: string[]): Promise<{ text: string; error?: unknown }> {
    let text = '';
    const write = process.stdout.write;
    process.stdout.write = (chunk: string | Uint8Array) => {
      text += chunk;
      return true;
    };
    try {
      await dataCommand().exitOverride().parseAsync(args, { from: 'user' });
      return { text };
    } catch (error) {
      return { text, error };
    } finally {
      process.stdout.write = write;
    }
  }

  it('prints text or JSON and writes the sheet', async () => {
    const dir = await troubled();
    const { text, error } = await run(dir, '--workers', '0', '--sheet', join(dir, 'sheet.png'));
    expect(error).toBeUndefined();
    expect(text).toMatch(/53 pictures in 2 classes[\s\S]*wrote .*sheet\.png/);
    const sheet = await decodeImage(join(dir, 'sheet.png'));
    expect(sheet.height).toBe(6 + 2 * 124);
    const json = await run(dir, '--workers', '1', '--json', '--val-fraction', '20%');
    expect(JSON.parse(json.text)).toMatchObject({ pictures: 53, imbalance: 4.89 });
  });

  it('shows everything before it fails for too many broken files', async () => {
    const { text, error } = await run(await troubled(), '--workers', '0', '--max-broken', '0.01');
    expect(text).toMatch(/empty\.png: the file is empty/);
    expect(String(error)).toMatch(/1 of 54 files are broken, more than --max-broken 0\.01/);
  });
});
