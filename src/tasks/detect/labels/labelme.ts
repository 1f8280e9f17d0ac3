import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import { boxAround } from '../../../data/geometry/boxes.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import type { Problems } from '../../problems.ts';
import { type Annotation, annotationOf, checkSize, type RawObject } from './annotation.ts';
import { parseJson } from './json.ts';

const file = z.object({
  imageWidth: z.int().positive(),
  imageHeight: z.int().positive(),
  shapes: z.array(z.unknown()),
});
const entry = z.object({
  label: z.string(),
  points: z.array(z.tuple([z.number(), z.number()])).min(1),
  shape_type: z.string().default('polygon'),
});

/**
 * Reads a label of labelme: polygons, rectangles and circles (as their boxes). `actual` is the picture's size.
 * @throws YosegiError when it is no such file; single shapes that cannot be used are noted in `problems`
 */
export function labelmeLabels(text: string, where: string, problems: Problems, actual?: Size): Annotation {
  const parsed = file.safeParse(parseJson(text, where));
  check(
    parsed.success,
    () =>
      `${where} is no label of labelme, which has imageWidth, imageHeight and shapes: ${z.prettifyError(parsed.error!)}`,
  );
  const { imageWidth, imageHeight, shapes } = parsed.data;
  checkSize([imageHeight, imageWidth], actual, where, problems);
  const objects = shapes.flatMap((raw, i): RawObject[] => {
    const here = `${where}, shape ${i + 1}`;
    const read = entry.safeParse(raw);
    if (!read.success) {
      problems.note('unreadable object', here);
      return [];
    }
    const { label: name, points, shape_type } = read.data;
    const [first, second] = points;
    if (shape_type === 'polygon' && points.length >= 3) return [{ name, polygons: [points] }];
    if (shape_type === 'rectangle' && second) return [{ name, box: boxAround(points)! }];
    if (shape_type === 'circle' && first && second) {
      const [[x, y], r] = [first, Math.hypot(second[0] - first[0], second[1] - first[1])];
      return [{ name, box: [x - r, y - r, x + r, y + r] }];
    }
    problems.note('shape that is no box or outline', `${here}: ${shape_type} of ${points.length} points`);
    return [];
  });
  return annotationOf([imageHeight, imageWidth], objects, where, problems);
}
