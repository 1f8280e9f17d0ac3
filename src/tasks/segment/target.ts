import { z } from 'zod';
import { ignoreIndex, type Mask, mask } from '../../data/geometry/mask.ts';
import { packRuns, paintRle } from '../../data/geometry/rle.ts';

/** The pixels of one class. */
interface Part {
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
  const { width, height, data } = source;
  const found: ({ counts: number[]; end: number } | undefined)[] = [];
  const run = (label: number, start: number, end: number) => {
    if (label === 0) return;
    const part = found[label] ?? { counts: [], end: 0 };
    found[label] = part;
    part.counts.push(start - part.end, end - start);
    part.end = end;
  };
  // Down the columns, as run lengths go; every pixel is looked at once, however many classes there are.
  let start = 0;
  let label = data[0]!;
  for (let x = 0, at = 0; x < width; x++) {
    for (let y = 0, i = x; y < height; y++, i += width, at++) {
      if (data[i] === label) continue;
      run(label, start, at);
      start = at;
      label = data[i]!;
    }
  }
  run(label, start, width * height);
  const parts = found.flatMap((part, index) => {
    if (!part) return [];
    const rest = width * height - part.end;
    return [{ label: index, runs: packRuns(rest > 0 ? [...part.counts, rest] : part.counts) }];
  });
  return { size: [height, width], parts };
}

/** The class index of every pixel. @throws YosegiError when run lengths do not make up the size */
export function maskOfTarget({ size, parts }: SegmentTarget): Mask {
  const out = mask(size[1], size[0]);
  for (const { label, runs } of parts) paintRle(out, { size, counts: runs }, label);
  return out;
}
