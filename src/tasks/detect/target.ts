import { z } from 'zod';
import type { Corners } from '../../data/geometry/boxes.ts';

/** A thing in a picture. */
export interface TrueObject {
  /** Index of its class. */
  readonly label: number;
  /** Left, top, right, bottom in continuous pixels of the picture as decoded, which is upright. */
  readonly box: Corners;
  /** Many things in one: finding them, or not, counts neither for nor against. */
  readonly crowd?: true;
  /** Hard to see, as Pascal VOC marks it. */
  readonly difficult?: true;
}

/** What is known of a picture for detection: the things in it. None: the picture shows nothing that is looked for. */
export interface DetectTarget {
  readonly objects: readonly TrueObject[];
}

/** Checks a stored {@link DetectTarget}. */
export const detectTarget = z.strictObject({
  objects: z.array(
    z.strictObject({
      label: z.int().min(0),
      box: z
        .tuple([z.number(), z.number(), z.number(), z.number()])
        .refine(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0, 'a box is [left, top, right, bottom] and has an area'),
      crowd: z.literal(true).optional(),
      difficult: z.literal(true).optional(),
    }),
  ),
});
