import { z } from 'zod';
import { makingOptions } from './options.ts';

const count = z.int().min(0);
const share = z.number().min(0).max(1);

/** What was found of pictures that the network made, beside real ones. */
const madeFigures = z.object({
  /** Pictures that were made, of the classes in the shares of the judged split. */
  pictures: count,
  making: makingOptions,
  evaluations: count,
  /** What features the distances are taken in. */
  features: z.string(),
  /** Whether they are those of an Inception network, so that the Fréchet distance is FID. */
  fid: z.boolean().default(false),
  /** Real pictures that they are compared with, some of the validation split where few are judged; a record of an older version does not say. */
  real: z.object({ pictures: count, ofValidation: count }).optional(),
  /** Fréchet distance of made and judged pictures. */
  frechet: z.number(),
  /** The same of pictures that were trained on and judged ones: how far real pictures are apart. */
  frechetReal: z.number(),
  precision: share,
  recall: share,
  coverage: share,
  /** Share of the made pictures that are nearly equal to one that was trained on, and the same of the judged ones. */
  copies: share,
  copiesReal: share,
  /** Made pictures and the most alike one that was trained on, those that look most like copies first. */
  nearest: z.array(z.object({ label: z.string(), seed: z.int().min(0), file: z.string(), distance: z.number() })),
});
export type MadeFigures = z.infer<typeof madeFigures>;

/** `eval.json` of a network that makes pictures. */
export const generateEvaluation = z.object({
  split: z.enum(['test', 'val']),
  images: z.int().min(1),
  /** Mean squared error of the prediction, over all judged times. */
  loss: z.number(),
  times: z.array(z.object({ time: z.number(), loss: z.number() })).min(1),
  /** Of a network that is told captions: how often it is least wrong with a picture's own caption, of so many. */
  told: z.object({ among: z.int().min(2), pictures: count, share }).optional(),
  made: madeFigures.optional(),
});
export type GenerateEvaluation = z.infer<typeof generateEvaluation>;
