import type { Corners } from '../../../data/geometry/boxes.ts';
import { boxAround } from '../../../data/geometry/boxes.ts';
import type { Size } from '../../../data/geometry/placement.ts';
import type { Polygon } from '../../../data/geometry/polygons.ts';
import type { Rle } from '../../../data/geometry/rle.ts';
import type { Problems } from '../../problems.ts';

/** A thing in a picture as its label says it. */
export interface LabelledObject {
  /** Name of its class. */
  readonly name: string;
  /** In pixels, continuous, inside the picture. */
  readonly box: Corners;
  /** Its outlines, in pixels, where the label has some; as written, also where they leave the picture. */
  readonly polygons?: readonly Polygon[];
  /** Its pixels, where the label has them as run lengths. */
  readonly rle?: Rle;
  /** Many things in one. */
  readonly crowd?: boolean;
  readonly difficult?: boolean;
}

/** All that is labelled in a picture of this size. */
export interface Annotation {
  readonly width: number;
  readonly height: number;
  readonly objects: readonly LabelledObject[];
}

/** An object before its box was checked; the box may be missing where there are outlines. */
export interface RawObject extends Omit<LabelledObject, 'box'> {
  readonly box?: Corners;
}

/** The objects of a picture whose boxes are sound, cut at the picture's edges; what was wrong is noted under `where`. */
export function annotationOf(
  [height, width]: Size,
  objects: readonly RawObject[],
  where: string,
  problems: Problems,
): Annotation {
  const sound = objects.flatMap((object, i): LabelledObject[] => {
    const here = `${where}, object ${i + 1} (${object.name})`;
    const box = object.box ?? boxAround((object.polygons ?? []).flat());
    if (!box?.every(Number.isFinite)) {
      problems.note('unreadable object', here);
      return [];
    }
    const [left, top, right, bottom] = box;
    if (!(right > left && bottom > top)) {
      problems.note('box without area', here);
      return [];
    }
    if (left >= width || top >= height || right <= 0 || bottom <= 0) {
      problems.note('box outside the picture', here);
      return [];
    }
    // Tools round, and count pixels from 0 or 1: one pixel is not worth a word.
    if (left < -1 || top < -1 || right > width + 1 || bottom > height + 1) {
      problems.note('box partly outside the picture', here);
    }
    const cut: Corners = [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom)];
    return [{ ...object, name: object.name.normalize(), box: cut }];
  });
  return { width, height, objects: sound };
}

/** Notes where the size that a label was made for is not the picture's. */
export function checkSize(said: Size, actual: Size | undefined, where: string, problems: Problems): void {
  if (actual && (said[0] !== actual[0] || said[1] !== actual[1])) {
    problems.note(
      'label of another size than the picture',
      `${where}: ${said[1]}×${said[0]}, the picture ${actual[1]}×${actual[0]}`,
    );
  }
}

/** Points from a flat list x, y, x, y, …; undefined where it is none of at least three. */
export function pointsOf(flat: readonly number[]): Polygon | undefined {
  if (flat.length < 6 || flat.length % 2 !== 0 || !flat.every(Number.isFinite)) return undefined;
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);
}
