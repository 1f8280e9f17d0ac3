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

/** How much nearer to one known picture than to every other a copy is (Yoon et al. 2023, “Diffusion probabilistic models generalize when they fail to memorize”). */
const NEARER = 3;

/** Share of the pictures that are copies of a known one; 0 where there are none. */
export const shareOfCopies = (pictures: readonly Small[], known: readonly Small[]): number =>
  pictures.filter((picture) => isCopy(picture, known)).length / Math.max(1, pictures.length);

/**
 * Whether a picture is nearly equal to a known one, by the rule that near duplicates are found by, or is that one with noise on it: much nearer to it than
 * to any other.
 */
function isCopy(picture: Small, known: readonly Small[]): boolean {
  let [least, next] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const other of known) {
    if (isNear(picture, other)) return true;
    const d = greyDistance(picture, other);
    if (d < least) [least, next] = [d, least];
    else if (d < next) next = d;
  }
  return Number.isFinite(next) && NEARER * least < next;
}
