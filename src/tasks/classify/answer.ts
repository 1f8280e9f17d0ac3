import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { softmax } from '../../base/softmax.ts';

/** What a classifier says of a picture. */
export const classifyAnswer = z.object({
  /** Classes and how sure the model is of each, 0 … 1, most probable first. */
  ranked: z.array(z.object({ label: z.string(), confidence: z.number() })),
});
export type ClassifyAnswer = z.infer<typeof classifyAnswer>;

/** A class and how sure the model is of it, 0 … 1. */
export type Ranked = ClassifyAnswer['ranked'][number];

/** Scores of the classes as an answer. */
export function rankedOf(scores: Float32Array, classes: readonly string[], areProbabilities: boolean): Ranked[] {
  check(
    scores.length === classes.length,
    () => `the model gives ${scores.length} scores, there are ${classes.length} labels`,
  );
  const row = areProbabilities ? undefined : softmax(scores);
  return classes
    .map((label, i) => ({ label, confidence: row ? row.probability(i) : scores[i]! }))
    .sort((a, b) => b.confidence - a.confidence);
}
