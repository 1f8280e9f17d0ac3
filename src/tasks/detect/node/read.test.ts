import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../../../base/errors.ts';
import { list } from '../../../data/node/files.ts';
import { folderOf, picture, png } from '../../../data/testing/folder.ts';
import { shared } from '../../../testing/shared.ts';
import type { Layout } from '../../layout.ts';
import type { Wish } from '../../node/task.ts';
import { type DetectTarget, detectTarget } from '../target.ts';
import { readDetect } from './read.ts';

const [width, height] = [40, 30];
const photo = await png(picture(1, width, height));
type Files = Record<string, Uint8Array | string>;
const photos = (...paths: string[]): Files => Object.fromEntries(paths.map((path) => [path, photo]));

async function readIn(dir: string, wish?: Wish): Promise<Layout<DetectTarget> | undefined> {
  const layout = await readDetect({ root: dir, ...(await list(dir)) }, wish);
  for (const { target } of layout?.entries ?? []) detectTarget.parse(target);
  return layout;
}
const read = async (files: Files, wish?: Wish) => readIn(await folderOf(files), wish);

/** What a layout says, one line a picture. */
const told = (layout: Layout<DetectTarget> | undefined) =>
  Object.fromEntries(
    (layout?.entries ?? []).map(({ path, split, target }) => [
      path,
      [split, ...target.objects.map(({ label, box }) => `${layout!.classes[label]} ${box.join(' ')}`)].join(': '),
    ]),
  );

const coco = (images: string[], annotations: unknown[], more: object = {}) =>
  JSON.stringify({
    images: images.map((file_name, id) => ({ id, file_name, width, height })),
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    annotations,
    ...more,
  });
const boxOf = (image_id: number, category_id: number, bbox = [2, 3, 10, 20]) => ({ image_id, category_id, bbox });
const both = [boxOf(0, 1), boxOf(0, 2, [0, 0, 40, 30])];

const xml = (objects: string, size = `<size><width>${width}</width><height>${height}</height></size>`) =>
  `<annotation><filename>a.png</filename>${size}${objects}</annotation>`;
const object = (name: string, [x0, y0, x1, y1]: number[], more = '') =>
  `<object><name>${name}</name>${more}<bndbox><xmin>${x0}</xmin><ymin>${y0}</ymin><xmax>${x1}</xmax><ymax>${y1}</ymax></bndbox></object>`;

describe('readDetect reads', () => {
  it('COCO as Roboflow exports it, without the group that it puts first', async () => {
    const file = (images: string[], annotations: unknown[]) =>
      coco(images, annotations, {
        categories: ['pets', 'cat', 'dog'].map((name, id) => ({ id, name, supercategory: id ? 'pets' : 'none' })),
      });
    const layout = await read({
      ...photos('train/a.png', 'train/b.png', 'valid/a.png', 'test/c.png'),
      'train/_annotations.coco.json': file(['a.png', 'b.png'], both),
      'valid/_annotations.coco.json': file(['a.png'], [boxOf(0, 2)]),
      'test/_annotations.coco.json': file(['c.png'], []),
    });
    expect(layout!.classes).toEqual(['cat', 'dog']);
    expect(told(layout)).toEqual({
      'train/a.png': 'train: cat 2 3 12 23: dog 0 0 40 30',
      'train/b.png': 'train',
      'valid/a.png': 'val: dog 2 3 12 23',
      'test/c.png': 'test',
    });
    expect(layout!.remarks).toEqual([
      'picture without any object: 2, kept as ones that show nothing (test/c.png; train/b.png)',
    ]);
  });

  it('COCO as COCO has it, and in one file beside or above the pictures', async () => {
    const original = await read({
      ...photos('train2017/a.png', 'val2017/a.png', 'val2017/b.png'),
      'annotations/instances_train2017.json': coco(['a.png'], both),
      'annotations/instances_val2017.json': coco(['a.png'], []),
      'annotations/captions_val2017.json': coco(['b.png'], []),
    });
    expect(told(original)).toEqual({
      'train2017/a.png': 'train: cat 2 3 12 23: dog 0 0 40 30',
      'val2017/a.png': 'val',
    });
    expect(original!.remarks.join()).toMatch(/picture that no label speaks of: 1, left out.*val2017\/b.png/);
    const beside = await read({ ...photos('a.png'), 'annotations.json': coco(['a.png'], both) });
    expect(told(beside)).toEqual({ 'a.png': ': cat 2 3 12 23: dog 0 0 40 30' });
    // As Label Studio on Windows writes it.
    const studio = await read({ ...photos('images/a.png'), 'result.json': coco(['images\\a.png'], both) });
    expect(Object.keys(told(studio))).toEqual(['images/a.png']);
    const cvat = await read({
      ...photos('images/train/a.png', 'images/val/b.png'),
      'annotations/instances_default.json': coco(['train/a.png', 'val/b.png'], both),
    });
    expect(told(cvat)).toEqual({
      'images/train/a.png': 'train: cat 2 3 12 23: dog 0 0 40 30',
      'images/val/b.png': 'val',
    });
  });

  it('Pascal VOC with its lists, and beside the pictures', async () => {
    const layout = await read({
      ...photos('JPEGImages/a.png', 'JPEGImages/b.png', 'JPEGImages/c.png', 'JPEGImages/d.png', 'JPEGImages/e.png'),
      'Annotations/a.xml': xml(
        object('dog', [1, 1, 40, 30]) + object('cat', [3, 4, 12, 23], '<difficult>1</difficult>'),
      ),
      'Annotations/b.xml': xml(object('dog', [5, 5, 5, 5])),
      'Annotations/c.xml': xml(object('cat', [5, 5, 9, 9])),
      'Annotations/z.xml': xml(''),
      'ImageSets/Main/train.txt': 'a\nb\ne\n',
      'ImageSets/Main/val.txt': 'c.png\nnone\n',
      'ImageSets/Main/test.txt': 'd\n',
      'ImageSets/Main/trainval.txt': 'a\nb\nc\n',
    });
    expect(told(layout)).toEqual({
      'JPEGImages/a.png': 'train: dog 0 0 40 30: cat 2 3 12 23',
      'JPEGImages/b.png': 'train',
      'JPEGImages/e.png': 'train',
      'JPEGImages/c.png': 'val: cat 4 4 9 9',
    });
    expect(layout!.entries[0]!.target.objects[1]).toEqual({ label: 0, box: [2, 3, 12, 23], difficult: true });
    expect([...layout!.remarks].sort()).toEqual([
      'box without area: 1, left out (Annotations/b.xml, object 1 (dog))',
      'label without a picture: 1, left out (Annotations/z.xml)',
      'listed picture that is not there: 1, left out (ImageSets/Main/val.txt, none)',
      'not used: the test pictures, as none of them has a label',
      'picture without a label: 1, kept as one that shows nothing (JPEGImages/e.png)',
      'picture without any object: 1, kept as ones that show nothing (JPEGImages/b.png)',
    ]);
    const beside = await read({
      ...photos('train/a.png', 'valid/b.png'),
      'train/a.xml': xml(object('cat', [0, 0.5, 9, 9])),
      'valid/b.xml': xml(object('cat', [1, 1, 9, 9]), ''),
    });
    expect(told(beside)).toEqual({ 'train/a.png': 'train: cat 0 0.5 9 9', 'valid/b.png': 'val: cat 1 1 9 9' });
    expect(beside!.remarks.join()).toMatch(/count pixels from 0/);
  });

  it('YOLO in both arrangements, by lists, and as Label Studio and CVAT export it', async () => {
    const label = '1 0.5 0.5 1 1\n0 0.1 0.1 0.1 0.2\n';
    const said = 'dog 0 0 40 30: cat 2 0 6 6';
    const names = "names: ['cat', 'dog']\nnc: 2\n";
    const splitFirst = await read({
      ...photos('train/images/a.png', 'train/images/b.png', 'valid/images/a.png'),
      'train/labels/a.txt': label,
      'valid/labels/a.txt': '',
      'data.yaml': `train: ../train/images\nval: ../valid/images\ntest: ../test/images\n${names}`,
    });
    expect(told(splitFirst)).toEqual({
      'train/images/a.png': `train: ${said}`,
      'train/images/b.png': 'train',
      'valid/images/a.png': 'val',
    });
    expect(splitFirst!.remarks).toContain('data.yaml names ../test/images for test, and no pictures are there');
    expect(splitFirst!.remarks).toContain(
      'picture without a label: 1, kept as one that shows nothing (train/images/b.png)',
    );
    const imagesFirst = await read({
      ...photos('images/train/a.png', 'images/val/b.png'),
      'labels/train/a.txt': label,
      'data.yaml': 'path: /home/me/datasets/pets\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n',
    });
    expect(told(imagesFirst)).toEqual({ 'images/train/a.png': `train: ${said}`, 'images/val/b.png': 'val' });
    const lists = await read({
      ...photos('images/a.png', 'images/b.png', 'images/c.png'),
      'labels/a.txt': label,
      'train.txt': './images/a.png\n',
      'val.txt': '/data/pets/images/b.png\nimages/gone.png\n',
      'pets.yaml': `train: train.txt\nval: val.txt\n${names}`,
    });
    expect(told(lists)).toEqual({ 'images/a.png': `train: ${said}`, 'images/b.png': 'val' });
    expect(lists!.remarks.join()).toMatch(/listed picture that is not there: 1.*that no label speaks of: 1/);
    const studio = await read({
      ...photos('images/a.png'),
      'labels/a.txt': label,
      'classes.txt': 'cat\ndog\n',
      'notes.json': '{}',
    });
    expect(told(studio)).toEqual({ 'images/a.png': `: ${said}` });
    const cvat = await read({
      ...photos('obj_train_data/a.png'),
      'obj_train_data/a.txt': label,
      'obj.names': 'cat\ndog\n',
      'obj.data': 'classes = 2\ntrain = data/train.txt\n',
      'train.txt': 'data/obj_train_data/a.png\n',
    });
    expect(told(cvat)).toEqual({ 'obj_train_data/a.png': `train: ${said}` });
    const bare = await read({ ...photos('a.png'), 'a.txt': label });
    expect(bare!.classes).toEqual(['0', '1']);
    expect((await read({ ...photos('a.png'), 'a.txt': label }, { classNames: ['cat', 'dog'] }))!.classes).toEqual([
      'cat',
      'dog',
    ]);
    const same = await read({
      ...photos('images/a.png'),
      'labels/a.txt': label,
      'data.yaml': `train: images\nval: images\n${names}`,
    });
    expect(told(same)).toEqual({ 'images/a.png': `train: ${said}` });
    expect(same!.remarks.join()).toMatch(/same pictures for train and val/);
  });

  it('labelme beside the pictures', async () => {
    const shape = (label: string, shape_type: string, points: number[][]) => ({ label, shape_type, points });
    const file = (...shapes: unknown[]) => JSON.stringify({ imageWidth: width, imageHeight: height, shapes });
    const layout = await read({
      ...photos('a.png', 'b.png', 'c.png'),
      'a.json': file(shape('cat', 'rectangle', [[2, 3], [12, 23]]), shape('dog', 'polygon', [[0, 0], [9, 0], [0, 9]])), // biome-ignore format: one line a thing
      'b.json': file(shape('cat', 'point', [[2, 3]])),
    });
    expect(told(layout)).toEqual({ 'a.png': ': cat 2 3 12 23: dog 0 0 9 9', 'b.png': '' });
    expect(layout!.remarks.join()).toMatch(/no box or outline: 1.*that no label speaks of: 1, left out.*c.png/);
  });

  it('a listing', async () => {
    const layout = await read({
      ...photos('images/a.png', 'images/b.png'),
      'annotations.json': JSON.stringify({
        classes: ['pit'],
        width,
        height,
        images: [
          { file: 'a.png', boxes: [[2, 3, 12, 23]], split: 'train' },
          { file: 'b.png', split: 'test' },
        ],
      }),
    });
    expect(told(layout)).toEqual({ 'images/a.png': 'train: pit 2 3 12 23', 'images/b.png': 'test' });
  });
});

describe('readDetect on labels that do not fit', () => {
  it('turns and scales them to the upright picture, or leaves the picture out', async () => {
    const turned = await sharp(photo).withMetadata({ orientation: 6 }).png().toBuffer();
    const file = (size: number[]) =>
      JSON.stringify({
        imageWidth: size[0],
        imageHeight: size[1],
        shapes: [{ label: 'cat', shape_type: 'rectangle', points: [[0, 0], [10, 5]] }], // biome-ignore format: one line
      });
    const layout = await read({
      'upright.png': turned,
      'upright.json': file([30, 40]),
      'lying.png': turned,
      'lying.json': file([40, 30]),
      'small.png': photo,
      'small.json': file([80, 60]),
      'other.png': photo,
      'other.json': file([50, 60]),
    });
    expect(told(layout)).toEqual({
      'upright.png': ': cat 0 0 10 5',
      'lying.png': ': cat 25 0 30 10',
      'small.png': ': cat 0 0 5 2.5',
    });
    expect([...layout!.remarks].sort()).toEqual([
      'label made before the picture was turned upright: 1, turned as its EXIF says (lying.json)',
      'label of another shape than the picture: 1, the picture is left out (other.json: 50×60, the picture 40×30)',
      'label of another size than the picture: 1, scaled to the picture, which has the same shape (small.json: 80×60, the picture 40×30)',
    ]);
  });

  it('says why where nothing can be used', async () => {
    const cases: [Files, RegExp][] = [
      [{ ...photos('a.png'), 'annotations.json': coco(['b.png'], both) }, /labels, but not their pictures/],
      [{ ...photos('a.png'), 'annotations.json': coco(['a.png'], []) }, /hold no object that can be used/],
      [{ ...photos('a.png'), 'annotations.json': `${coco(['a.png'], both)}}` }, /annotations.json is not JSON/],
      [
        { ...photos('a.png', 'b.png'), 'x.json': coco(['a.png'], both), 'y.json': coco(['a.png'], both) },
        /a.png is labelled twice, in x.json, a.png and in y.json, a.png/,
      ],
      [{ ...photos('a.png'), 'data.yaml': 'train: images/train\nnames: [cat]\n' }, /pictures that are not there/],
      [{ ...photos('a.png'), 'data.yaml': 'names: [cat\n' }, /no YAML that can be read/],
      [{ ...photos('a.png'), 'data.yaml': 'train: .\nnames: {0: cat, 2: dog}\n' }, /none has the number 1/],
      [
        { ...photos('a.png'), 'a.txt': '0 3 3 1 1\n', 'classes.txt': 'cat\n' },
        /no object that can be used \(box outside the picture: 1/,
      ],
      [
        {
          ...photos('JPEGImages/a.png'),
          'Annotations/a.xml': xml(object('cat', [1, 1, 9, 9])),
          'ImageSets/Main/train.txt': 'a\n',
          'ImageSets/Main/test.txt': 'a\n',
        },
        /lists a, which is in the train split already/,
      ],
      [
        { ...photos('a.png'), 'annotations.json': '{"classes": ["x"], "images": [{"file": "a.png", "boxes": 3}]}' },
        /A listing .* is expected/,
      ],
    ];
    for (const [files, message] of cases) await expect(read(files)).rejects.toThrow(message);
  });

  it('is no data of detection: undefined', async () => {
    expect(await read(photos('a/a.png', 'b/b.png'))).toBeUndefined();
    expect(
      await read({ ...photos('a.png'), 'a.txt': 'a cat on a mat', 'b.json': '{}', 'c.xml': '<x/>' }),
    ).toBeUndefined();
    expect(await read({ 'annotations.json': coco(['a.png'], both) })).toBeUndefined();
  });

  it('answers any damage with a sentence or with what is left', async () => {
    const whole: Files[] = [
      { 'annotations.json': coco(['a.png', 'b.png'], both) },
      { 'a.xml': xml(object('cat', [1, 1, 9, 9])), 'b.xml': xml('') },
      { 'a.txt': '1 0.5 0.5 1 1\n0 0.1 0.1 0.1 0.2 0.3 0.4\n', 'data.yaml': 'train: .\nnames: [cat, dog]\n' },
      {
        'a.json': JSON.stringify({
          imageWidth: width,
          imageHeight: height,
          shapes: [{ label: 'cat', points: [[1, 1], [9, 9], [3, 4]] }], // biome-ignore format: one line
        }),
      },
    ];
    const word = fc.constantFrom(
      '',
      '-',
      '1e999',
      'NaN',
      '"',
      '{',
      '<',
      '>',
      '[]',
      'null',
      '9',
      '\u0000',
      '\n',
      'é',
      '0.5 ',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.array(fc.tuple(fc.nat(), word), { minLength: 1, maxLength: 3 }),
        async (files, edits) => {
          const names = Object.keys(files);
          const broken: Files = { ...photos('a.png', 'b.png'), ...files };
          for (const [at, text] of edits) {
            const name = names[at % names.length]!;
            const before = String(broken[name]);
            const place = at % (before.length + 1);
            broken[name] = before.slice(0, place) + text + before.slice(place + (at % 3));
          }
          try {
            await read(broken);
          } catch (error) {
            expect(error).toBeInstanceOf(YosegiError);
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});

const bccd = join(shared, 'bccd');
describe.skipIf(!existsSync(bccd))('real data', () => {
  it('BCCD: its own splits, and two boxes without area', async () => {
    const layout = (await readIn(bccd))!;
    const count = (split: string) => layout.entries.filter((e) => e.split === split).length;
    expect([count('train'), count('val'), count('test')]).toEqual([205, 87, 72]);
    const objects = layout.entries.flatMap(({ target }) => target.objects.map(({ label }) => layout.classes[label]!));
    const each = Object.fromEntries(layout.classes.map((name) => [name, objects.filter((o) => o === name).length]));
    expect(each).toEqual({ Platelets: 361, RBC: 4153, WBC: 372 });
    expect(layout.remarks).toHaveLength(1);
    expect(layout.remarks[0]).toMatch(/^box without area: 2, left out .*BloodImage_00338.xml, object 13/);
  });

  it('bsdata-pitting: boxes of the listing', async () => {
    const layout = (await readIn(join(shared, 'bsdata-pitting')))!;
    expect(layout.classes).toEqual(['pitting']);
    expect(layout.entries.filter(({ split }) => split === 'train')).toHaveLength(168);
    expect(layout.entries.filter(({ split }) => split === 'test')).toHaveLength(52);
    expect(layout.entries.flatMap(({ target }) => target.objects)).toHaveLength(178);
  });
});
