import { z } from 'zod';
import { smallHeat } from './heat.ts';

const share = z.number().min(0).max(1);
const count = z.int().min(0);

const example = z.object({
  file: z.string(),
  /** In units of the threshold. */
  score: z.number(),
  anomalous: z.boolean(),
  kind: z.string().optional(),
  heat: smallHeat,
  /** Where it really is anomalous, where somebody has drawn it: the cells of the heat map, as COCO's compressed run lengths. */
  truth: z.string().optional(),
});

/** `eval.json`: how well anomalies were found on one split, at the pictures' own size. Shares are 0 … 1; null where a kind of picture is missing. */
export const anomalyEvaluation = z.object({
  split: z.enum(['test', 'val']),
  images: z.int().min(1),
  /** Pictures that are good, and that are not. */
  good: count,
  anomalous: count,
  /** Share of pairs of an anomalous and a good picture that the scores put in the right order. */
  auroc: share.nullable(),
  /** Anomalous pictures that pass for good, and good ones that do not. */
  missed: count,
  falseAlarms: count,
  /** Over the pixels of pictures whose anomalies are drawn, and of good ones. */
  pixels: z.object({
    auroc: share.nullable(),
    /** Mean share of each region that is found, over false-positive rates of pixels up to 0.3. */
    aupro: share.nullable(),
    regions: count,
  }),
  /** How the threshold was found. Null where that is not known. */
  threshold: z
    .object({
      /** Share of good pictures that was to be called anomalous at most. */
      wished: share,
      /** The share that may be promised, and the good pictures it is taken from. */
      promised: share,
      pictures: z.int().min(1),
    })
    .nullable(),
  /** Of each kind of anomaly; the AUROC against all good pictures. */
  kinds: z.array(z.object({ name: z.string(), images: count, missed: count, auroc: share.nullable() })),
  /** Scores of the good pictures and of the others, sorted. */
  scores: z.object({ good: z.array(z.number()), anomalous: z.array(z.number()) }),
  /** Anomalous pictures with the lowest scores that pass for good, good ones with the highest that do not, and what is right. */
  examples: z.object({
    missed: z.array(example),
    falseAlarms: z.array(example),
    found: z.array(example),
    passed: z.array(example),
  }),
});
export type AnomalyEvaluation = z.infer<typeof anomalyEvaluation>;
export type AnomalyExample = z.infer<typeof example>;
