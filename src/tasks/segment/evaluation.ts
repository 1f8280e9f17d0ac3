import { z } from 'zod';
import { pictureFigures } from '../pictures.ts';
import { drawnMistakes } from './drawn.ts';

const share = z.number().min(0).max(1);
const orNone = share.nullable();
const count = z.int().min(0);

/** `eval.json`: how a segmenter did on one split, at the pictures' own size. Shares are 0 … 1; null is 0 / 0. */
export const segmentEvaluation = z.object({
  split: z.enum(['test', 'val']),
  images: z.int().min(1),
  /** Mean intersection over union of the classes but the background, over all pixels of all pictures. */
  iou: share,
  /** The same with the background: the field's mIoU. */
  miou: share,
  /** Mean Dice coefficient of the classes but the background. */
  dice: share,
  /** Share of pixels with the right class. */
  accuracy: share,
  /** Mean cross-entropy of a pixel, natural logarithm. */
  loss: z.number(),
  classes: z
    .array(
      z.object({
        name: z.string(),
        /** Pixels, and pictures, that show it. */
        support: count,
        pictures: count,
        iou: orNone,
        dice: orNone,
        recall: orNone,
        precision: orNone,
        /** Boundary IoU and boundary F. */
        boundaryIou: orNone,
        boundaryF: orNone,
      }),
    )
    .min(1),
  /** Pixels; rows = truth, columns = prediction. */
  confusion: z.array(z.array(count)),
  /** Does a picture show anything but background? */
  pictures: pictureFigures,
  /** Connected regions that were found, were missed altogether, or were seen where nothing is; sizes in pixels, from the smallest. */
  regions: z.object({
    found: count,
    missed: count,
    foundPixels: z.array(count),
    missedPixels: z.array(count),
    falseAlarms: count,
  }),
  /** Pictures that were judged worst: what was missed and what was wrongly marked, in pixels, and where that is. */
  worst: z.array(
    z.object({ file: z.string(), missed: count, wrong: count, right: count, score: share, drawn: drawnMistakes }),
  ),
});
export type SegmentEvaluation = z.infer<typeof segmentEvaluation>;
