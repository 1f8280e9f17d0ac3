import { z } from 'zod';
import type { Detection } from '../../data/geometry/tiles.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { viewsOfOutputs } from '../gather.ts';
import type { AnswerContext } from '../task.ts';
import { chosen, forMetrics, ofPicture } from './decode.ts';
import { FOUND } from './inside.ts';

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
 * The answer for one picture from boxes [views, points, 4] and scores [views, points, classes], 0 … 1, or from boxes that were chosen in
 * the graph, [views, rows, 6].
 */
export function detectAnswerOf(outputs: Tensors, { classes, placements, options }: AnswerContext): DetectAnswer {
  const { threshold } = detectAnswering.parse(options);
  const choice = { ...forMetrics, least: threshold };
  const views = viewsOfOutputs(outputs, placements.length).map(({ boxes, scores, detections }) =>
    detections ? listed(detections, threshold) : chosen(boxes!, scores!, classes.length, choice),
  );
  const found = ofPicture(views, placements, choice);
  const [height, width] = placements[0]!.from;
  return {
    size: [height, width],
    objects: found.map(({ index, score, box }) => ({ label: classes[index]!, score, box: [...box] })),
  };
}

/** Rows of left, top, right, bottom, score and class as boxes; those without a box have the class −1. */
function listed(rows: Float32Array, least: number): Detection[] {
  const found: Detection[] = [];
  for (let at = 0; at < rows.length; at += FOUND) {
    const [l, t, r, b, score, index] = rows.subarray(at, at + FOUND) as unknown as number[];
    if (index! >= 0 && score! >= least) found.push({ box: [l!, t!, r!, b!], score: score!, index: index! });
  }
  return found;
}
