import { z } from 'zod';
import { check } from '../../../base/errors.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import type { Problems } from '../../problems.ts';
import { type Annotation, annotationOf, pointsOf, type RawObject } from './annotation.ts';

const name = z.coerce.string();
const names = z.union([z.array(name), z.record(z.string().regex(/^\d+$/), name)]);
const data = z.object({ names });

/**
 * The class names of a YOLO data set from its data.yaml as a tree: `names` is a list, or a map from number to name.
 * @throws YosegiError when there are none, or numbers are missing
 */
export function yoloNames(tree: unknown, where: string): string[] {
  const parsed = data.safeParse(tree);
  check(parsed.success, () => `${where} has no class names: ${z.prettifyError(parsed.error!)}`);
  const given = parsed.data.names;
  if (Array.isArray(given)) return given;
  const count = Object.keys(given).length;
  return Array.from({ length: count }, (_, i) => {
    const name = given[i];
    check(
      name !== undefined,
      () => `${where} names ${count} classes, but none has the number ${i}; number them from 0 on`,
    );
    return name;
  });
}

/**
 * Reads a YOLO label: a line an object, its class's number and then centre, width and height of its box, or the points of its outline, as shares of
 * the picture's `size`.
 */
export function yoloLabels(
  text: string,
  classes: readonly string[],
  [height, width]: Size,
  where: string,
  problems: Problems,
): Annotation {
  const objects = text.split(/\r?\n/).flatMap((line, i): RawObject[] => {
    if (line.trim() === '') return [];
    const here = `${where}, line ${i + 1}`;
    const [index, ...values] = line.trim().split(/\s+/).map(Number) as [number, ...number[]];
    const polygon = pointsOf(values)?.map(([x, y]) => [x * width, y * height] as const);
    if (!Number.isInteger(index) || !values.every(Number.isFinite) || (values.length !== 4 && !polygon)) {
      problems.note('unreadable object', here);
      return [];
    }
    const name = classes[index];
    if (name === undefined) {
      problems.note('unknown class', `${here}: class ${index} of ${classes.length}`);
      return [];
    }
    if (polygon) return [{ name, polygons: [polygon] }];
    const [x, y, w, h] = values as [number, number, number, number];
    return [{ name, box: [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height] }];
  });
  return annotationOf([height, width], objects, where, problems);
}
