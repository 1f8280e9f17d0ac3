import { z } from 'zod';
import { ignoreIndex, type Mask, mask } from '../../data/geometry/mask.ts';
import { packRuns, paintRle, rleOf } from '../../data/geometry/rle.ts';

/** The pixels of one class. */
export interface Part {
  /** Index of the class; {@link ignoreIndex} (255): these pixels do not count. */
  readonly label: number;
  /** The pixels as COCO's compressed run lengths. */
  readonly runs: string;
}

/**
 * What is known of a picture for segmentation: the class of every pixel. Pixels in no part are of class 0, which is the background in every
 * data set; parts share no pixels.
 */
export interface SegmentTarget {
  /** Height and width of the picture as decoded, which is upright. */
  readonly size: readonly [height: number, width: number];
  readonly parts: readonly Part[];
}

const side = z.int().positive();

/** Checks a stored {@link SegmentTarget}. */
export const segmentTarget = z.strictObject({
  size: z.tuple([side, side]),
  parts: z.array(z.strictObject({ label: z.int().min(0).max(ignoreIndex), runs: z.string() })),
});

/** The target that a mask of class indices says. */
export function targetOfMask(source: Mask): SegmentTarget {
  const seen = new Set(source.data);
  seen.delete(0);
  const parts = [...seen]
    .sort((a, b) => a - b)
    .map((label) => ({ label, runs: packRuns(rleOf(source, label).counts) }));
  return { size: [source.height, source.width], parts };
}

/** The class index of every pixel. @throws YosegiError when run lengths do not make up the size */
export function maskOfTarget({ size, parts }: SegmentTarget): Mask {
  const out = mask(size[1], size[0]);
  for (const { label, runs } of parts) paintRle(out, { size, counts: runs }, label);
  return out;
}
