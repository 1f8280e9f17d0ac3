import { describe, expect, it } from 'vitest';
import { Problems } from '../../problems.ts';
import { cocoLabels } from './coco.ts';
import { labelmeLabels } from './labelme.ts';
import { vocLabels } from './voc.ts';
import { yoloLabels, yoloNames } from './yolo.ts';

const counts = (problems: Problems) => Object.fromEntries(problems.list().map(({ kind, count }) => [kind, count]));

describe('cocoLabels', () => {
  const image = { id: 7, file_name: 'a/b.jpg', width: 100, height: 80 };
  const categories = [
    { id: 9, name: 'dog' },
    { id: 2, name: 'cat' },
  ];
  const read = (annotations: unknown[]) => {
    const problems = new Problems();
    const text = JSON.stringify({ images: [image], categories, annotations });
    return { ...cocoLabels(text, 'labels.json', problems), problems };
  };
  const entry = { image_id: 7, category_id: 2 };

  it('reads boxes, outlines, run lengths and crowds', () => {
    const { names, pictures, problems } = read([
      { ...entry, bbox: [10, 20, 30, 40], segmentation: [[10, 20, 40, 20, 40, 60]], iscrowd: 0 },
      { ...entry, category_id: 9, bbox: [0, 0, 5, 5], segmentation: { size: [80, 100], counts: [8000] }, iscrowd: 1 },
      { ...entry, segmentation: [[1, 1, 9, 1, 9, 9]] },
    ]);
    expect(names).toEqual(['cat', 'dog']);
    expect(pictures.get('a/b.jpg')).toEqual({
      width: 100,
      height: 80,
      objects: [
        {
          name: 'cat',
          box: [10, 20, 40, 60],
          polygons: [
            [
              [10, 20],
              [40, 20],
              [40, 60],
            ],
          ],
        },
        { name: 'dog', box: [0, 0, 5, 5], rle: { size: [80, 100], counts: [8000] }, crowd: true },
        {
          name: 'cat',
          box: [1, 1, 9, 9],
          polygons: [
            [
              [1, 1],
              [9, 1],
              [9, 9],
            ],
          ],
        },
      ],
    });
    expect(problems.list()).toEqual([]);
  });

  it('counts what is wrong by name, and goes on', () => {
    const { pictures, problems } = read([
      { ...entry, bbox: [10, 20, 0, 40] },
      { ...entry, bbox: [200, 20, 10, 40] },
      { ...entry, bbox: [90, 20, 40, 40] },
      { ...entry, category_id: 1, bbox: [0, 0, 1, 1] },
      { ...entry, image_id: 8, bbox: [0, 0, 1, 1] },
      { ...entry },
      { bbox: [0, 0, 1, 1] },
    ]);
    expect(pictures.get('a/b.jpg')!.objects).toEqual([{ name: 'cat', box: [90, 20, 100, 60] }]);
    expect(counts(problems)).toEqual({
      'box without area': 1,
      'box outside the picture': 1,
      'box partly outside the picture': 1,
      'unknown class': 1,
      'label without a picture': 1,
      'unreadable object': 2,
    });
    expect(problems.list()[0]!.examples).toEqual(['labels.json, annotation 7', 'labels.json, a/b.jpg, object 4 (cat)']);
  });

  it('names a file that is none', () => {
    expect(() => cocoLabels('{', 'x.json', new Problems())).toThrow(/x.json is not JSON/);
    expect(() => cocoLabels('{"images": []}', 'x.json', new Problems())).toThrow(/no COCO file[\s\S]*categories/);
  });
});

describe('vocLabels', () => {
  const size = { width: '50', height: '40', depth: '3' };
  const object = { name: 'cat', bndbox: { xmin: '1', ymin: '1', xmax: '50', ymax: '40' }, difficult: '1' };

  it('reads one object, several or none; pixels count from 1', () => {
    const read = (given: unknown) => vocLabels({ annotation: { size, object: given } }, 'a.xml', new Problems());
    expect(read(object)).toEqual({
      width: 50,
      height: 40,
      objects: [{ name: 'cat', box: [0, 0, 50, 40], difficult: true }],
    });
    expect(read([object, { ...object, difficult: 0 }]).objects[1]).toEqual({ name: 'cat', box: [0, 0, 50, 40] });
    expect(vocLabels({ annotation: { size } }, 'a.xml', new Problems()).objects).toEqual([]);
    const zero = { name: 5, bndbox: { xmin: 2.5, ymin: 0, xmax: 10, ymax: 8 } };
    const [read0] = vocLabels({ annotation: { size, object: zero } }, 'a.xml', new Problems(), {
      firstPixel: 0,
    }).objects;
    expect(read0).toEqual({ name: '5', box: [2.5, 0, 10, 8] });
  });

  it('notes another size and what cannot be read', () => {
    const problems = new Problems();
    vocLabels({ annotation: { size, object: [{ name: 'x' }] } }, 'a.xml', problems, { actual: [50, 40] });
    expect(counts(problems)).toEqual({ 'label of another size than the picture': 1, 'unreadable object': 1 });
    expect(() => vocLabels({}, 'a.xml', problems)).toThrow(/a.xml is no label of Pascal VOC/);
  });
});

describe('yoloLabels', () => {
  it('reads boxes and outlines, as shares of the picture', () => {
    const problems = new Problems();
    const text = '0 0.5 0.5 0.2 0.4\r\n\n1 0.1 0.1 0.5 0.1 0.5 0.9\n2 0.5 0.5 1 1\n0 0.5 x 1 1\n0 1 2 3\n';
    expect(yoloLabels(text, ['cat', 'dog'], [50, 100], 'a.txt', problems).objects).toEqual([
      { name: 'cat', box: [40, 15, 60, 35] },
      {
        name: 'dog',
        box: [10, 5, 50, 45],
        polygons: [
          [
            [10, 5],
            [50, 5],
            [50, 45],
          ],
        ],
      },
    ]);
    expect(counts(problems)).toEqual({ 'unknown class': 1, 'unreadable object': 2 });
    expect(problems.list()[1]!.examples).toEqual(['a.txt, line 4: class 2 of 2']);
  });

  it('takes names as a list or by number', () => {
    expect(yoloNames({ names: ['a', 'b'] }, 'data.yaml')).toEqual(['a', 'b']);
    expect(yoloNames({ names: { 1: 'b', 0: 'a' } }, 'data.yaml')).toEqual(['a', 'b']);
    expect(() => yoloNames({ names: { 1: 'b', 2: 'a' } }, 'data.yaml')).toThrow(/none has the number 0/);
    expect(() => yoloNames({}, 'data.yaml')).toThrow(/data.yaml has no class names/);
  });
});

describe('labelmeLabels', () => {
  it('reads polygons, rectangles and circles, and counts other shapes', () => {
    const problems = new Problems();
    const shapes = [
      {
        label: 'a',
        points: [
          [1, 1],
          [5, 1],
          [5, 7],
        ],
        shape_type: 'polygon',
      },
      {
        label: 'b',
        points: [
          [8, 9],
          [2, 3],
        ],
        shape_type: 'rectangle',
      },
      {
        label: 'c',
        points: [
          [10, 10],
          [13, 14],
        ],
        shape_type: 'circle',
      },
      {
        label: 'd',
        points: [
          [10, 10],
          [13, 14],
        ],
        shape_type: 'line',
      },
      { label: 5 },
    ];
    const text = JSON.stringify({ imageWidth: 30, imageHeight: 20, shapes });
    expect(labelmeLabels(text, 'a.json', problems, [20, 30]).objects).toEqual([
      {
        name: 'a',
        box: [1, 1, 5, 7],
        polygons: [
          [
            [1, 1],
            [5, 1],
            [5, 7],
          ],
        ],
      },
      { name: 'b', box: [2, 3, 8, 9] },
      { name: 'c', box: [5, 5, 15, 15] },
    ]);
    expect(counts(problems)).toEqual({ 'shape that is no box or outline': 1, 'unreadable object': 1 });
    expect(() => labelmeLabels('{}', 'a.json', problems)).toThrow(/no label of labelme/);
  });
});
