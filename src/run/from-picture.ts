import { check } from '../base/errors.ts';
import { f32 } from '../base/tensor.ts';
import type { Image } from '../data/image.ts';
import { fit as fitTo, normalised, type Preprocessing } from '../data/preprocess.ts';
import type { Origin } from '../diffusion/origin.ts';

/** A picture of any size that others are made from. */
export interface FromPicture {
  readonly picture: Image;
  /** As large as the picture: what is white (or nearer to it than to black) is made anew, the rest stays as it is. */
  readonly mask?: Image;
  /** How much is made anew, above 0 … 1; default 0.6, with a mask 1. */
  readonly strength?: number;
}

/** How much is made anew where nobody says: something of the picture is left, or nothing under a mask. */
export const strengthOf = ({ mask, strength = mask ? 1 : 0.6 }: Pick<FromPicture, 'mask' | 'strength'>): number =>
  strength;

/** What such pictures begin as, and how it looks: fitted as the pictures that were trained on. */
export interface Begun {
  readonly origin: Origin;
  readonly fitted: Image;
}

/** @throws YosegiError where the mask is not as large as the picture */
export function begunFrom(from: FromPicture, preprocessing: Preprocessing): Begun {
  const { picture, mask } = from;
  check(
    !mask || (mask.width === picture.width && mask.height === picture.height),
    () =>
      `the mask has ${mask!.width}×${mask!.height} pixels, the picture ${picture.width}×${picture.height}: they must be equally large`,
  );
  const fitted = fitTo(picture, preprocessing);
  const [height, width] = preprocessing.size;
  // Beside the picture, where it has a border, nothing is made.
  const anew = mask && fitTo(mask, { ...preprocessing, fill: [0, 0, 0] });
  return {
    fitted,
    origin: {
      picture: f32([3, height, width], normalised([fitted], preprocessing).data),
      ...(anew && { mask: f32([height, width], whiteness(anew)) }),
      strength: strengthOf(from),
    },
  };
}

/** 1 for each pixel nearer to white than to black, else 0. */
function whiteness({ data }: Image): Float32Array {
  return Float32Array.from({ length: data.length / 3 }, (_, i) => {
    const sum = data[3 * i]! + data[3 * i + 1]! + data[3 * i + 2]!;
    return sum > 1.5 * 255 ? 1 : 0;
  });
}
