import type { Image } from '../data/image.ts';
import { greyDistance, isNear, meanColour, type Small, smallGrey } from './near.ts';

/** How a picture is compared with those that are known. */
export const lookOf = (picture: Image): Small => ({ grey: smallGrey(picture), colour: meanColour(picture) });

/** Where the known picture is that one is most like, and how far its brightness is off, as a root mean square, 0 … 255. */
export function nearestOf(picture: Small, known: readonly Small[]): { readonly at: number; readonly distance: number } {
  let [at, distance] = [0, Number.POSITIVE_INFINITY];
  known.forEach((other, i) => {
    const d = greyDistance(picture, other);
    if (d < distance) [at, distance] = [i, d];
  });
  return { at, distance };
}

/** Share of the pictures that are nearly equal to a known one, by the rule that near duplicates are found by; 0 where there are none. */
export const shareOfCopies = (pictures: readonly Small[], known: readonly Small[]): number =>
  pictures.filter((picture) => known.some((other) => isNear(picture, other))).length / Math.max(1, pictures.length);
