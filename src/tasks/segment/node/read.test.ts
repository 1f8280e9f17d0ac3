import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../../../base/errors.ts';
import type { Mask } from '../../../data/geometry/mask.ts';
import { list } from '../../../data/node/files.ts';
import { folderOf, picture, png } from '../../../data/testing/folder.ts';
import { shared } from '../../../testing/shared.ts';
import type { Layout } from '../../layout.ts';
import type { Wish } from '../../node/task.ts';
import { maskOfTarget, type SegmentTarget, segmentTarget } from '../target.ts';
import { readSegment } from './read.ts';

const [width, height] = [8, 6];
const photo = await png(picture(1, width, height));
type Files = Record<string, Uint8Array | string>;
const photos = (...paths: string[]): Files => Object.fromEntries(paths.map((path) => [path, photo]));

/** A grey PNG whose first pixels have these values, the rest 0. */
const grey = (values: readonly number[], [w, h] = [width, height]) =>
  sharp(
    Uint8Array.from({ length: w * h }, (_, i) => values[i] ?? 0),
    { raw: { width: w, height: h, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();
const coloured = (values: readonly (readonly number[])[]) =>
  sharp(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => values[Math.floor(i / 3)]?.[i % 3] ?? 0),
    { raw: { width, height, channels: 3 } },
  );

async function readIn(dir: string, wish?: Wish): Promise<Layout<SegmentTarget> | undefined> {
  const layout = await readSegment({ root: dir, ...(await list(dir)) }, wish);
  for (const { target } of layout?.entries ?? []) segmentTarget.parse(target);
  return layout;
}
const read = async (files: Files, wish?: Wish) => readIn(await folderOf(files), wish);

/** The first values of each picture's mask, without the zeros behind them. */
const told = (layout: Layout<SegmentTarget> | undefined) =>
  Object.fromEntries(
    (layout?.entries ?? []).map(({ path, split, target }) => {
      const values = [...maskOfTarget(target).data];
      return [path, [split ?? '', values.slice(0, values.findLastIndex((v) => v !== 0) + 1).join(' ')].join(': ')];
    }),
  );

describe('readSegment reads masks', () => {
  it('beside pictures in folders, for splits, and by names', async () => {
    const m = await grey([255, 0, 255]);
    expect(told(await read({ ...photos('images/a.png', 'images/b.png'), 'masks/a.png': m }))).toEqual({
      'images/a.png': ': 1 0 1',
    });
    const splits = await read({
      ...photos('train/images/a.png', 'valid/images/a.png', 'test/images/a.png'),
      'train/masks/a.png': m,
      'valid/masks/a.png': await grey([]),
      'test/masks/a_mask.png': m,
    });
    expect(told(splits)).toEqual({
      'train/images/a.png': 'train: 1 0 1',
      'valid/images/a.png': 'val: ',
      'test/images/a.png': 'test: 1 0 1',
    });
    expect(splits!.remarks).toEqual([
      'picture without any object: 1, kept as ones that show nothing (valid/images/a.png)',
    ]);
    const camvid = await read({ ...photos('train/a.png', 'val/b.png'), 'trainannot/a.png': m, 'valannot/b.png': m });
    expect(told(camvid)).toEqual({ 'train/a.png': 'train: 1 0 1', 'val/b.png': 'val: 1 0 1' });
    const named = await read({ ...photos('train/a.png', 'train/b.png'), 'train/a_mask.png': m, 'train/b_mask.png': m });
    expect(told(named)).toEqual({ 'train/a.png': 'train: 1 0 1', 'train/b.png': 'train: 1 0 1' });
    const supervisely = await read({ ...photos('img/a.jpg'), 'ann/a.jpg.png': m });
    expect(told(supervisely)).toEqual({ 'img/a.jpg': ': 1 0 1' });
    expect(supervisely!.classes).toEqual(['background', 'foreground']);
  });

  it('as numbers of classes, 255 being not labelled, with names where a file has them', async () => {
    const files = {
      ...photos('images/a.png', 'images/b.png'),
      'masks/a.png': await grey([1, 2, 255]),
      'masks/b.png': await grey([0, 3]),
    };
    const plain = await read(files);
    expect(plain!.classes).toEqual(['background', 'class 1', 'class 2', 'class 3']);
    expect(told(plain)).toEqual({ 'images/a.png': ': 1 2 255', 'images/b.png': ': 0 3' });
    expect(plain!.remarks).toEqual(['mask value 255: not labelled, its pixels do not count']);
    const withGround = await read({ ...files, 'classes.txt': 'void\ncat\ndog\ncow\n' });
    expect(withGround!.classes).toEqual(['void', 'cat', 'dog', 'cow']);
    const without = await read({ ...files, 'classes.txt': 'cat\ndog\ncow\n' });
    expect(without!.classes).toEqual(['background', 'cat', 'dog', 'cow']);
    const roboflow = await read({
      ...files,
      '_classes.csv': 'Pixel Value, Class\n0, background\n1, cat\n2, dog\n3, cow\n',
    });
    expect(roboflow!.classes).toEqual(['background', 'cat', 'dog', 'cow']);
    await expect(read({ ...files, 'classes.txt': 'cat\ndog\n' })).rejects.toThrow(/values up to 3, and 2 classes are/);
    const levels = await read({ ...photos('images/a.png'), 'masks/a.png': await grey([128, 255, 64]) });
    expect(told(levels)).toEqual({ 'images/a.png': ': 2 3 1' });
    expect(levels!.classes).toEqual(['background', 'class 64', 'class 128', 'class 255']);
    const packed = await sharp(
      Uint8Array.from({ length: width * height }, (_, i) => (i % 4) * 85),
      {
        raw: { width, height, channels: 1 },
      },
    )
      .png({ palette: true, colours: 4 })
      .toBuffer();
    expect([packed[24], packed[25]]).toEqual([2, 3]);
    expect((await read({ ...photos('images/a.png'), 'masks/a.png': packed }))!.classes).toHaveLength(4);
  });

  it('as colours, with or without a list of them', async () => {
    const pixels = [
      [0, 0, 0],
      [128, 0, 0],
      [0, 128, 0],
      [224, 224, 192],
    ];
    const files = {
      ...photos('JPEGImages/a.png'),
      'SegmentationClass/a.png': await coloured(pixels).png().toBuffer(),
      'SegmentationObject/a.png': await coloured(pixels).png().toBuffer(),
      'ImageSets/Segmentation/train.txt': 'a\n',
    };
    const cvat = await read({
      ...files,
      'labelmap.txt': '# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:0,128,0::\ndog:128,0,0::\n',
    });
    expect(cvat!.classes).toEqual(['background', 'cat', 'dog']);
    expect(told(cvat)).toEqual({ 'JPEGImages/a.png': 'train: 0 2 1 255' });
    const bare = await read(files);
    expect(bare!.classes).toEqual(['background', 'class #008000', 'class #800000', 'class #e0e0c0']);
    const palette = await coloured(pixels.slice(0, 3)).png({ palette: true, dither: 0 }).toBuffer();
    const indexed = await read({
      ...files,
      'SegmentationClass/a.png': palette,
      'labels.txt': '128 0 0 dog\n0 128 0 cat\n',
    });
    expect(indexed!.classes).toEqual(['background', 'dog', 'cat']);
    expect(told(indexed)).toEqual({ 'JPEGImages/a.png': 'train: 0 1 2' });
    const gap = await read({ ...files, 'labelmap.txt': 'cat:0,128,0::\n' });
    expect(gap!.remarks.join()).toMatch(/value that no class has: 1, its pixels do not count/);
  });

  it('of another size, of JPEG, or that are none', async () => {
    // A slanted edge of a smoothed mask has all the greys.
    const [w, h] = [320, 240];
    const edge = Uint8Array.from({ length: w * h }, (_, i) => ((i % w) + 0.05 * Math.floor(i / w) < 130 ? 255 : 0));
    const soft = await sharp(edge, { raw: { width: w, height: h, channels: 1 } })
      .blur(2)
      .png()
      .toBuffer();
    const layout = await read({
      ...photos('images/a.png', 'images/b.png', 'images/c.png', 'images/d.png'),
      'masks/a.png': soft,
      'masks/b.png': await grey([1], [8, 8]),
      'masks/c.png': 'text',
      'masks/d.png': await grey([0, 255]),
      'masks/e.png': photo,
    });
    const rows = Array.from({ length: 6 }, () => '1 1 1 0 0 0 0 0').join(' ');
    expect(told(layout)).toEqual({ 'images/a.png': `: ${rows.slice(0, -10)}`, 'images/d.png': ': 0 1' });
    expect([...layout!.remarks].sort()).toEqual([
      'label of another shape than the picture: 1, the picture is left out (masks/b.png: 8×8, the picture 8×6)',
      'label of another size than the picture: 1, scaled to the picture, which has the same shape (masks/a.png: 320×240, the picture 8×6)',
      'label without a picture: 1, left out (masks/e.png)',
      'mask that is none: 1, the picture is left out (masks/c.png)',
      'mask with greys between black and white: 1, parted at the middle (masks/a.png)',
    ]);
  });
});

describe('readSegment reads outlines', () => {
  const points = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x1, y0, x1, y1, x0, y1];
  const coco = JSON.stringify({
    images: [{ id: 0, file_name: 'a.png', width, height }],
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    annotations: [
      { image_id: 0, category_id: 2, bbox: [0, 0, 2, 1], segmentation: [points(0, 0, 2, 1)] },
      {
        image_id: 0,
        category_id: 1,
        bbox: [0, 0, 4, 1],
        segmentation: { size: [6, 8], counts: [0, 1, 5, 1, 5, 1, 5, 1, 29] },
      },
      { image_id: 0, category_id: 1, bbox: [5, 0, 2, 1] },
    ],
  });
  const files = { ...photos('a.png'), 'annotations.json': coco };

  it('of COCO, smaller things over larger ones, where it is asked to', async () => {
    const layout = await read(files);
    expect(layout!.classes).toEqual(['background', 'cat', 'dog']);
    expect(told(layout)).toEqual({ 'a.png': ': 2 2 1 1' });
    expect(layout!.remarks).toEqual([
      'object without an outline: 1, left out, as pixels are learnt from outlines (annotations.json, a.png (cat))',
    ]);
    expect(await read(files, { guessed: true })).toBeUndefined();
  });

  it('of labelme and YOLO, with what does not count', async () => {
    const shape = (label: string, p: number[]) => ({ label, points: [[p[0], p[1]], [p[2], p[3]], [p[4], p[5]], [p[6], p[7]]] }); // biome-ignore format: one line
    const labelme = JSON.stringify({
      imageWidth: width,
      imageHeight: height,
      shapes: [shape('__ignore__', points(0, 0, 3, 1)), shape('cat', points(4, 0, 5, 1))],
    });
    expect(told(await read({ ...photos('a.png'), 'a.json': labelme }))).toEqual({ 'a.png': ': 255 255 255 0 1' });
    const yolo = await read({
      ...photos('images/a.png'),
      'labels/a.txt': '0 0 0 0.25 0 0.25 0.1667 0 0.1667\n',
      'data.yaml': 'train: images\nnames: [cat]\n',
    });
    expect(told(yolo)).toEqual({ 'images/a.png': 'train: 1 1' });
  });

  it('but not of boxes alone', async () => {
    const boxes = { ...photos('a.png'), 'a.txt': '0 0.5 0.5 1 1\n', 'classes.txt': 'cat\n' };
    await expect(read(boxes)).rejects.toThrow(/boxes .* but no outlines or masks .* use --task detect/);
  });
});

it('readSegment: nothing marked, and no masks at all', async () => {
  await expect(read({ ...photos('images/a.png'), 'masks/a.png': await grey([]) })).rejects.toThrow(/all of one value/);
  await expect(read({ ...photos('images/a.png'), 'masks/a.png': 'text' })).rejects.toThrow(/no mask .* can be used/);
  expect(await read(photos('a/a.png', 'b/b.png'))).toBeUndefined();
});

it('readSegment answers any damage with a sentence or with what is left', async () => {
  const masks = [
    await grey([1, 2, 255]),
    await coloured([[9, 9, 9], [1, 2, 3]]).png({ palette: true }).toBuffer(), // biome-ignore format: one line
    await coloured([[9, 0, 9]])
      .png()
      .toBuffer(),
  ];
  const names = fc.constantFrom('', 'a\nb\n', 'a:1,2,3::\n', 'a,1,2\n', '9 9 9 a\n', '{}', '300, x', 'a\n'.repeat(300));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...masks),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }),
      fc.option(fc.nat(400)),
      names,
      async (whole, flips, cut, text) => {
        const file = Uint8Array.from(whole.subarray(0, cut ?? undefined));
        for (const [at, value] of flips) if (file.length > 0) file[at % file.length] = value;
        try {
          const layout = await read({
            ...photos('images/a.png', 'images/b.png'),
            'masks/a.png': file,
            'masks/b.png': masks[0]!,
            'classes.txt': text,
          });
          for (const { target } of layout!.entries) {
            const most = Math.max(...maskOfTarget(target).data.filter((v) => v !== 255));
            expect(most).toBeLessThan(layout!.classes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(YosegiError);
        }
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);

const bsdata = join(shared, 'bsdata-pitting');
it.skipIf(!existsSync(bsdata))(
  'bsdata-pitting: masks, with the names and splits of its listing',
  async () => {
    const layout = (await readIn(bsdata))!;
    expect([layout.kind, ...layout.classes]).toEqual(['masks', 'background', 'pitting']);
    const count = (split: string, empty: boolean) =>
      layout.entries.filter((e) => e.split === split && (e.target.parts.length === 0) === empty).length;
    expect([count('train', false), count('train', true)]).toEqual([130, 38]);
    expect([count('test', false), count('test', true)]).toEqual([37, 15]);
    const pixels = layout.entries.reduce((sum, { target }) => sum + ones(maskOfTarget(target)), 0);
    expect(pixels).toBe(214_171);
  },
  120_000,
);

const ones = ({ data }: Mask) => data.reduce((sum, v) => sum + v, 0);
