import { z } from 'zod';
import type { Tensors } from '../../runtime/runtime.ts';
import { viewsOfOutputs } from '../gather.ts';
import type { AnswerContext } from '../task.ts';
import { forMetrics, ofPicture } from './decode.ts';
import { foundIn } from './found.ts';

/** Options of an answer. */
export const detectAnswering = z.strictObject({
  threshold: z.number().min(0).max(1).default(0.3).describe('boxes of a lower score are not shown'),
});

/** What a detector says of a picture. */
export const detectAnswer = z.object({
  /** Height and width, those of the picture as decoded, upright. */
  size: z.tuple([z.int(), z.int()]),
  /** The surest first. */
  objects: z.array(
    z.object({
      label: z.string(),
      /** How sure the model is, 0 … 1. */
      score: z.number(),
      /** Left, top, right, bottom in pixels of the picture. */
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
    }),
  ),
});
export type DetectAnswer = z.infer<typeof detectAnswer>;

/**
 * The answer for one picture from boxes [views, points, 4] and scores [views, points, classes], 0 … 1, from boxes that were chosen in the
 * graph, [views, rows, 6], or from a map of regions [views, 1, height, width].
 */
export function detectAnswerOf(outputs: Tensors, { classes, placements, options }: AnswerContext): DetectAnswer {
  const { threshold } = detectAnswering.parse(options);
  const choice = { ...forMetrics, least: threshold };
  const views = viewsOfOutputs(outputs, placements.length).map((view, v) =>
    foundIn(view, classes.length, placements[v]!.size, choice),
  );
  const found = ofPicture(views, placements, choice);
  const [height, width] = placements[0]!.from;
  return {
    size: [height, width],
    objects: found.map(({ index, score, box }) => ({ label: classes[index]!, score, box: [...box] })),
  };
}
