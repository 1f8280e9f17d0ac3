import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import type { Problems } from '../../problems.ts';
import { type Annotation, annotationOf, checkSize, type RawObject } from './annotation.ts';

const number = z.coerce.number();
const annotation = z.object({
  annotation: z.object({
    filename: z.coerce.string().optional(),
    size: z.object({ width: number, height: number }),
    object: z.unknown().optional(),
  }),
});
const entry = z.object({
  name: z.coerce.string(),
  difficult: number.optional(),
  bndbox: z.object({ xmin: number, ymin: number, xmax: number, ymax: number }),
});

/**
 * Reads a label of Pascal VOC from its XML as a tree: `{ annotation: { size: { width, height }, object: [{ name, bndbox }] } }`, texts or
 * numbers, one object or a list (what fast-xml-parser gives). VOC counts pixels from 1 and its boxes hold their last ones; `firstPixel` 0 is
 * for tools that write continuous coordinates from 0 (CVAT). `actual` is the picture's size.
 * @throws YosegiError when it is no such tree; single objects that cannot be used are noted in `problems`
 */
export function vocLabels(
  tree: unknown,
  where: string,
  problems: Problems,
  { firstPixel = 1, actual }: { firstPixel?: 0 | 1; actual?: Size } = {},
): Annotation {
  const parsed = annotation.safeParse(tree);
  check(parsed.success, () => `${where} is no label of Pascal VOC: ${z.prettifyError(parsed.error!)}`);
  const { size, object = [] } = parsed.data.annotation;
  const said: Size = size.width > 0 && size.height > 0 ? [size.height, size.width] : (actual ?? [0, 0]);
  check(said[0] > 0, () => `${where} does not say the picture's size; give it`);
  checkSize(said, actual, where, problems);
  const objects = [object].flat().flatMap((raw, i): RawObject[] => {
    const read = entry.safeParse(raw);
    if (!read.success) {
      problems.note('unreadable object', `${where}, object ${i + 1}`);
      return [];
    }
    const { name, difficult, bndbox } = read.data;
    const { xmin, ymin, xmax, ymax } = bndbox;
    // By the letter one pixel; what people have is a slip of the mouse, and readers drop it.
    const flat = !(xmax > xmin && ymax > ymin);
    const box = flat
      ? ([xmin, ymin, xmin, ymin] as const)
      : ([xmin - firstPixel, ymin - firstPixel, xmax, ymax] as const);
    return [{ name, box, ...(difficult && { difficult: true }) }];
  });
  return annotationOf(said, objects, where, problems);
}
