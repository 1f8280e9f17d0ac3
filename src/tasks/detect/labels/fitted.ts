import { moveBoxes } from '../../../data/geometry/boxes.ts';
import { movePoint } from '../../../data/geometry/map.ts';
import { type Mask, moveMask } from '../../../data/geometry/mask.ts';
import { type Placement, resized, type Size } from '../../../data/geometry/placement.ts';
import { maskOfRle, rleOf } from '../../../data/geometry/rle.ts';
import { turnedUpright } from '../../../data/geometry/upright.ts';
import type { Problems } from '../../problems.ts';
import type { Annotation } from './annotation.ts';

/** A picture's size, upright and as it is stored, and the EXIF orientation between them. */
export interface TurnedSize {
  readonly upright: Size;
  readonly stored: Size;
  readonly orientation: number;
}

/**
 * Where what was said of a picture of size `said` lies in the upright picture; undefined where the two do not belong together.
 * Tools that heed EXIF speak of the upright picture; those that do not state the stored size, and what they say is turned. A picture
 * that was made smaller or larger since is known by its shape.
 */
function onPicture(said: Size, picture: TurnedSize, where: string, problems: Problems): Placement | undefined {
  const { upright, stored, orientation } = picture;
  if (equal(said, upright)) return resized(said, upright);
  if (orientation >= 5 && equal(said, stored)) {
    problems.note('label made before the picture was turned upright', where);
    return turnedUpright(stored, orientation);
  }
  const place = `${where}: ${written(said)}, the picture ${written(upright)}`;
  // The same shape: no side is off by more than the pixel that rounding takes.
  if (Math.abs(said[0] * upright[1] - said[1] * upright[0]) <= Math.max(...said, ...upright)) {
    problems.note('label of another size than the picture', place);
    return resized(said, upright);
  }
  problems.note('label of another shape than the picture', place);
  return undefined;
}

/** The annotation in pixels of the upright picture; undefined where it belongs to another picture. */
export function fitted(
  annotation: Annotation,
  picture: TurnedSize,
  where: string,
  problems: Problems,
): Annotation | undefined {
  const { width, height, objects } = annotation;
  const placement = onPicture([height, width], picture, where, problems);
  if (!placement || equal([height, width], picture.upright)) return placement && annotation;
  const boxes = moveBoxes(
    objects.map(({ box }) => box),
    placement,
  );
  return {
    width: placement.size[1],
    height: placement.size[0],
    objects: boxes.map(({ index, box }) => {
      const { polygons, rle, ...rest } = objects[index]!;
      return {
        ...rest,
        box,
        ...(polygons && { polygons: polygons.map((p) => p.map((point) => movePoint(placement.map, point))) }),
        ...(rle && { rle: rleOf(moveMask(maskOfRle(rle), placement, 0)) }),
      };
    }),
  };
}

/**
 * The mask in pixels of the upright picture; undefined where it belongs to another picture. It stays as it is where the picture cannot be
 * decoded, which is told later, with the reason.
 */
export function fittedMask(
  mask: Mask,
  picture: TurnedSize | undefined,
  where: string,
  problems: Problems,
): Mask | undefined {
  if (!picture) return mask;
  const said: Size = [mask.height, mask.width];
  const placement = onPicture(said, picture, where, problems);
  const asItIs = picture.orientation < 5 && equal(said, picture.upright);
  return placement && !asItIs ? moveMask(mask, placement, 0) : placement && mask;
}

const equal = (a: Size, b: Size): boolean => a[0] === b[0] && a[1] === b[1];
const written = ([height, width]: Size): string => `${width}×${height}`;
