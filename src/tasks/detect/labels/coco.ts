import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import type { Polygon } from '../../../data/geometry/polygons.ts';
import type { Rle } from '../../../data/geometry/rle.ts';
import type { Problems } from '../../problems.ts';
import { type Annotation, annotationOf, pointsOf, type RawObject } from './annotation.ts';
import { parseJson } from './json.ts';

const id = z.union([z.int(), z.string()]);
const side = z.int().positive();
const file = z.object({
  images: z.array(z.object({ id, file_name: z.string(), width: side, height: side })),
  categories: z.array(z.object({ id, name: z.string() })),
  annotations: z.array(z.unknown()),
});
const entry = z.object({
  image_id: id,
  category_id: id,
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
  segmentation: z.unknown().optional(),
});
const runs = z.object({
  size: z.tuple([side, side]),
  counts: z.union([z.string(), z.array(z.int().min(0))]),
});

/** What a COCO file holds: class names in the order of their ids, and each picture's labels by its file name. */
export interface CocoLabels {
  readonly names: readonly string[];
  readonly pictures: ReadonlyMap<string, Annotation>;
}

/**
 * Reads labels in COCO's JSON (`instances_….json`), as CVAT and Label Studio export it too. Boxes are [left, top, width, height].
 * @throws YosegiError when it is not such a file; single entries that cannot be used are noted in `problems`
 */
export function cocoLabels(text: string, where: string, problems: Problems): CocoLabels {
  const parsed = file.safeParse(parseJson(text, where));
  check(
    parsed.success,
    () => `${where} is no COCO file, which has images, categories and annotations: ${z.prettifyError(parsed.error!)}`,
  );
  const { images, categories, annotations } = parsed.data;
  const names = new Map(categories.map((c) => [c.id, c.name]));
  const objects = new Map(images.map((image) => [image.id, [] as RawObject[]]));
  const sizes = new Map(images.map((image) => [image.id, [image.height, image.width] as Size]));
  for (const [i, raw] of annotations.entries()) {
    const here = `${where}, annotation ${i + 1}`;
    const read = entry.safeParse(raw);
    if (!read.success) {
      problems.note('unreadable object', here);
      continue;
    }
    const { image_id, category_id, bbox, iscrowd, segmentation } = read.data;
    const list = objects.get(image_id);
    if (!list) {
      problems.note('label without a picture', `${here}: image ${image_id}`);
      continue;
    }
    const name = names.get(category_id);
    if (name === undefined) {
      problems.note('unknown class', `${here}: category ${category_id}`);
      continue;
    }
    const box = bbox && ([bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3]] as const);
    list.push({
      name,
      ...(box && { box }),
      ...shapeOf(segmentation, sizes.get(image_id)!),
      ...(iscrowd && { crowd: true }),
    });
  }
  const pictures = images.map((image) => {
    const here = `${where}, ${image.file_name}`;
    return [image.file_name, annotationOf(sizes.get(image.id)!, objects.get(image.id)!, here, problems)] as const;
  });
  const order = [...categories].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { names: order.map(({ name }) => name), pictures: new Map(pictures) };
}

/** Outlines or run lengths, where there are any of the picture's size. */
function shapeOf(segmentation: unknown, size: Size): { polygons?: Polygon[]; rle?: Rle } {
  const lists = z.array(z.array(z.number())).safeParse(segmentation);
  if (lists.success) {
    const polygons = lists.data.map(pointsOf).filter((p) => p !== undefined);
    return polygons.length > 0 ? { polygons } : {};
  }
  const rle = runs.safeParse(segmentation);
  return rle.success && rle.data.size[0] === size[0] && rle.data.size[1] === size[1] ? { rle: rle.data } : {};
}
