import { z } from 'zod';
import { pictureFigures } from '../pictures.ts';

const share = z.number().min(0).max(1);
const orNone = share.nullable();
const count = z.int().min(0);
const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);

const point = z.object({
  /** Boxes from this score on are believed. */
  score: z.number(),
  /** Share of the things that are not found. */
  missed: share,
  /** False alarms a picture, on average. */
  falseAlarms: z.number().min(0),
  /** Of what is believed, the share that is right. */
  precision: share,
});

/** `eval.json`: how a detector did on one split. Shares are 0 … 1; null where there was nothing to find. */
export const detectEvaluation = z.object({
  split: z.enum(['test', 'val']),
  images: z.int().min(1),
  /** Things that are labelled, those that count. */
  objects: count,
  /** COCO's: the mean over overlaps (IoU) of 0.5 to 0.95, at 0.5, at 0.75. */
  ap: orNone,
  ap50: orNone,
  ap75: orNone,
  /** Of things below 32², up to 96² and above, in pixels of the picture. */
  apSmall: orNone,
  apMedium: orNone,
  apLarge: orNone,
  /** Average recall with at most 1, 10, 100 boxes of a class in a picture. */
  ar1: orNone,
  ar10: orNone,
  ar100: orNone,
  classes: z.array(z.object({ name: z.string(), support: count, ap: orNone, ap50: orNone, ar100: orNone })).min(1),
  /** The threshold with the best balance of misses and false alarms (F1); null where nothing was found. */
  best: point.nullable(),
  /** Thresholds for wishes: at most this share missed, at most so many false alarms a picture; null where none fulfils it. */
  wishes: z.array(z.object({ missed: share.optional(), falseAlarms: z.number().optional(), point: point.nullable() })),
  /** At the best threshold; rows are the truth and last the false alarms, columns what it was taken for and last the misses. */
  confusion: z.array(z.array(count)),
  /** Does a picture show anything at all? Its score is that of its surest box. */
  pictures: pictureFigures,
  /** Areas, in pixels, of the things that were missed at the best threshold, and of all. */
  areas: z.object({ missed: z.array(z.number()), all: z.array(z.number()) }),
  /** Pictures with the most mistakes at the best threshold, and where they are. */
  worst: z.array(
    z.object({
      file: z.string(),
      size: z.tuple([count, count]),
      missed: z.array(box),
      wrong: z.array(box),
      right: z.array(box),
    }),
  ),
});
export type DetectEvaluation = z.infer<typeof detectEvaluation>;
export type DetectPoint = z.infer<typeof point>;
