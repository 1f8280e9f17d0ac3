import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../../../base/errors.ts';
import { readText } from '../../../../base/node/bounded.ts';
import { parseJson } from '../../../../base/node/read-json.ts';
import { PictureFinder } from '../../../node/folder-files.ts';
import { splitNamed } from '../../../splits.ts';
import { annotationOf, type RawObject } from '../../labels/annotation.ts';
import type { Form, LabelledPicture } from './labelled.ts';

const point = z.tuple([z.number(), z.number()]);
const side = z.int().positive();
const schema = z.object({
  classes: z.array(z.string().min(1)).min(1),
  width: side.optional(),
  height: side.optional(),
  images: z.array(
    z.object({
      file: z.string().min(1),
      width: side.optional(),
      height: side.optional(),
      boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])).default([]),
      polygons: z.array(z.array(point)).default([]),
      /** Class of each box; left out where there is one class. */
      labels: z.array(z.int().min(0)).optional(),
      split: z.string().nullish(),
    }),
  ),
});

/** The name of the file, in the folder itself. */
const NAME = 'annotations.json';

/** What a listing's text has and a COCO file has not. */
const isListing = (text: string): boolean =>
  text.includes('"classes"') && text.includes('"file"') && !text.includes('"categories"');

/**
 * `annotations.json` {classes, width, height, images: [{file, boxes, polygons, split}]}: corners of boxes and points of outlines in pixels.
 * Boxes and outlines that are as many belong together, one by one.
 */
export const listing: Form = async ({ files, problems, size }) => {
  if (!files.labels('.json').includes(NAME)) return undefined;
  const path = join(files.root, NAME);
  const text = await readText(path);
  if (!isListing(text)) return undefined;
  const advice = 'A listing {classes, width, height, images: [{file, boxes, polygons, split}]} is expected.';
  const { classes, images, ...all } = parseJson(text, schema, path, advice);
  const finder = new PictureFinder(files.pictures);
  const pictures: LabelledPicture[] = [];
  for (const image of images) {
    const found = finder.find(image.file, ['', 'images']);
    if (found === undefined) {
      problems.note('listed picture that is not there', image.file);
      continue;
    }
    const { boxes, polygons, labels } = image;
    const where = `${NAME}, ${image.file}`;
    check(
      boxes.length === 0 || polygons.length === 0 || boxes.length === polygons.length,
      () => `${where} has ${boxes.length} boxes and ${polygons.length} outlines: give as many, or one of the two`,
    );
    const count = Math.max(boxes.length, polygons.length);
    check(
      count === 0 || classes.length === 1 || labels?.length === count,
      () => `${where}: with ${classes.length} classes every object needs its number in 'labels'`,
    );
    const objects = Array.from({ length: count }, (_, i): RawObject => {
      const [box, polygon] = [boxes[i], polygons[i]];
      const name = classes[labels?.[i] ?? 0];
      check(name !== undefined, () => `${where}: there is no class ${labels?.[i]} among ${classes.length}`);
      return { name, ...(box && { box }), ...(polygon && polygon.length >= 3 && { polygons: [polygon] }) };
    });
    const actual = (await size(found))?.upright ?? [1, 1];
    const said = [image.height ?? all.height ?? actual[0], image.width ?? all.width ?? actual[1]] as const;
    const split = image.split ? splitNamed(image.split) : undefined;
    check(
      !image.split || split !== undefined,
      () => `${where}: the split '${image.split}' is none of train, val and test`,
    );
    pictures.push({ path: found, split, where, annotation: annotationOf(said, objects, where, problems) });
  }
  return { kind: 'listing', about: 'pictures listed in annotations.json', classes, pictures, remarks: [] };
};
