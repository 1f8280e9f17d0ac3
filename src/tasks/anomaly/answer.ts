import { z } from 'zod';
import { check } from '../../base/errors.ts';
import type { Placement, Size } from '../../data/geometry/placement.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { stitch } from '../segment/stitch.ts';
import { type AnswerContext, floats } from '../task.ts';
import { shrinkHeat, smallHeat } from './heat.ts';

/** What is said of a picture. */
export const anomalyAnswer = z.object({
  /** Height and width, those of the picture as decoded, upright. */
  size: z.tuple([z.int(), z.int()]),
  /** How unlike good pictures it is: above 1 it is anomalous. */
  score: z.number(),
  anomalous: z.boolean(),
  /** Where it is most unlike them, in pixels from the left and from the top. */
  at: z.tuple([z.int(), z.int()]),
  heat: smallHeat.optional(),
});
export type AnomalyAnswer = z.infer<typeof anomalyAnswer>;

/** From which score on a picture is anomalous: the network's scores are in this unit. */
export const THRESHOLD = 1;

/** The answer for one picture from its score [1] and its map [1, 1, height, width]. */
export function anomalyAnswerOf(outputs: Tensors, { placements }: AnswerContext): AnomalyAnswer {
  const [, , height, width] = outputs.map?.shape ?? [];
  check(height && width, () => `a map [N, 1, height, width] is expected, got [${outputs.map?.shape}]`);
  const score = floats(outputs.score, 'score')[0]!;
  const map = ownMap(floats(outputs.map, 'map'), [height, width], placements);
  const size = placements[0]!.from;
  let most = 0;
  for (let i = 1; i < map.length; i++) if (map[i]! > map[most]!) most = i;
  return {
    size: [...size],
    score,
    anomalous: score > THRESHOLD,
    at: [most % size[1], Math.floor(most / size[1])],
    heat: shrinkHeat(map, size),
  };
}

/** A map at the picture's own size. */
export const ownMap = (map: Float32Array, size: Size, placements: readonly Placement[]): Float32Array =>
  stitch([map], size, placements);
