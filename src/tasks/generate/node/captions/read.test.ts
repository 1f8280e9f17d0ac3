import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLayout, taskOf } from '../../../node/read-layout.ts';
import { captionsOf } from '../../target.ts';
import { generate } from '../generate.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'yosegi-captions-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = async (path: string, content: string | Uint8Array) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};
const picture = async (...paths: string[]) => {
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  for (const path of paths) await put(path, png);
};
const lines = (...values: unknown[]) => values.map((v) => `${JSON.stringify(v)}\n`).join('');
const said = async () => {
  const layout = await readLayout(root, generate);
  return {
    ...layout,
    captions: Object.fromEntries(layout.entries.map(({ path, target }) => [path, captionsOf(target)])),
  };
};

it('takes the names of class folders for captions where it is asked to', async () => {
  await picture('red-heart/a.png', 'red-heart/b.png', 'blue_circle/c.png');
  const { classes, entries, about } = await readLayout(root, generate, { options: { classCaptions: true } });
  expect(classes).toEqual([]);
  expect(about).toMatch(/whose names are the captions/);
  expect(entries.map(({ path, target }) => [path, captionsOf(target)])).toEqual(
    expect.arrayContaining([
      ['blue_circle/c.png', ['blue circle']],
      ['red-heart/a.png', ['red heart']],
    ]),
  );
  expect((await readLayout(root, generate)).classes).toEqual(['blue_circle', 'red-heart']);
});

it('reads a list of captions, whatever its fields are called, and is asked first for such a folder', async () => {
  await picture('images/a.png', 'images/b.png', 'images/c.png', 'images/sub/d.png');
  await put(
    'captions.jsonl',
    lines(
      { file: 'a.png', caption: '  a red\nheart ' },
      { file_name: 'images/b.png', text: ['a dog', 'ein Hund'], split: 'test' },
      { image: 'c.png', captions: ['雪だるま'], extra: 1 },
      { file: 'C:\\pictures\\sub\\d.png', caption: 'cafe\u0301' },
      { file: 'a.png', caption: 'a heart' },
    ),
  );
  const { captions, entries, classes, remarks } = await said();
  expect(captions).toEqual({
    'images/a.png': ['a red heart', 'a heart'],
    'images/b.png': ['a dog', 'ein Hund'],
    'images/c.png': ['雪だるま'],
    'images/sub/d.png': ['café'],
  });
  expect(classes).toEqual([]);
  expect(remarks).toEqual([]);
  expect(entries.map((e) => e.split)).toEqual([undefined, 'test', undefined, undefined]);
  expect((await taskOf(root)).name).toBe('generate');
});

it('reads texts beside pictures, in the encodings that people save them in', async () => {
  await picture('a.png', 'b.png', 'c.png', 'd.png', 'images/e.png');
  await put('a.txt', '\ufeffa red heart\r\na heart\r\n');
  await put('b.txt', Buffer.from('\ufeff青い丸\n', 'utf16le'));
  // 'テスト' in Shift-JIS.
  await put('c.txt', Uint8Array.of(0x83, 0x65, 0x83, 0x58, 0x83, 0x67));
  await put('d.txt', 'one, two');
  await put('txt/e.txt', 'apart');
  const { captions, kind } = await said();
  expect(kind).toBe('caption-texts');
  expect(captions).toEqual({
    'a.png': ['a red heart', 'a heart'],
    'b.png': ['青い丸'],
    'c.png': ['テスト'],
    'd.png': ['one, two'],
    'images/e.png': ['apart'],
  });
});

it('reads a list of captions that Windows saved, and splits by folders', async () => {
  await picture('train/a.png', 'test/b.png');
  await put('train/metadata.jsonl', Buffer.from(`\ufeff${lines({ file_name: 'a.png', text: 'eins' })}`, 'utf16le'));
  await put('test/metadata.jsonl', lines({ file_name: 'b.png', text: 'zwei' }));
  const { captions, entries } = await said();
  expect(captions).toEqual({ 'train/a.png': ['eins'], 'test/b.png': ['zwei'] });
  expect(entries.map(({ path, split }) => [path, split])).toEqual([
    ['test/b.png', 'test'],
    ['train/a.png', 'train'],
  ]);
});

it('names what is wrong, and uses the rest', async () => {
  await picture('a.png', 'b.png', 'c.png');
  const rows = [
    { file: 'a.png', caption: 'fine' },
    { file: 'b.png', caption: '  ' },
    { file: 'x.png', caption: 'lost' },
    { caption: 'of what?' },
  ];
  await put('captions.jsonl', `${lines(...rows)}not json\n`);
  const { captions, remarks } = await said();
  expect(captions).toEqual({ 'a.png': ['fine'] });
  expect(remarks.join('\n')).toMatch(/empty caption: 1, left out \(captions.jsonl, line 2: b.png\)/);
  expect(remarks.join('\n')).toMatch(/caption of a picture that is not there: 1, .*line 3: x.png/);
  expect(remarks.join('\n')).toMatch(/line that is no caption: 2, .*line 4; captions.jsonl, line 5/);
  expect(remarks.join('\n')).toMatch(/picture without a caption: 2, left out \(b.png; c.png\)/);
  await put('captions.jsonl', lines({ file: 'a.jpg' }));
  await expect(said()).rejects.toThrow(/no picture of .* can be used with its captions \(.*a.jpg/);
});

it('leaves a metadata.jsonl alone that says nothing of captions', async () => {
  await picture('a/a.png', 'b/b.png');
  await put('metadata.jsonl', lines({ file_name: 'a/a.png', objects: { bbox: [] } }));
  expect((await said()).classes).toEqual(['a', 'b']);
});

it('does not take boxes for captions', async () => {
  await picture('a/a.png', 'b/b.png');
  await put('a/a.txt', '0 0.5 0.5 0.1 0.2\n');
  await put('b/b.txt', '');
  await put('b/b.txt', '1 0.5 0.5 0.1 0.2\n0 0.1 0.1 0.2 0.2');
  const { classes } = await said();
  expect(classes).toEqual(['a', 'b']);
});
