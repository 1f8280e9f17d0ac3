import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { mask } from '../../data/geometry/mask.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { viewsOfOutputs } from '../gather.ts';
import type { AnswerContext } from '../task.ts';
import { decode, pictureScore } from './decode.ts';
import { targetOfMask } from './target.ts';

/** What a segmenter says of a picture. */
export const segmentAnswer = z.object({
  /** Height and width, those of the picture as decoded, upright. */
  size: z.tuple([z.int(), z.int()]),
  /** How sure the model is that the picture shows anything but background, 0 … 1. */
  score: z.number(),
  /** Classes that were found, the largest area first, without the background. */
  parts: z.array(
    z.object({
      label: z.string(),
      /** Share of the picture's pixels. */
      share: z.number(),
      pixels: z.int(),
      /** Which pixels, as COCO's compressed run lengths. */
      runs: z.string(),
    }),
  ),
});
export type SegmentAnswer = z.infer<typeof segmentAnswer>;

/** The answer for one picture from the logits of its views, [views, classes, height, width]. */
export function segmentAnswerOf(outputs: Tensors, { classes, placements }: AnswerContext): SegmentAnswer {
  const [[name, logits] = ['', undefined]] = Object.entries(outputs);
  const [, channels, height, width] = logits?.shape ?? [];
  check(
    channels === classes.length && height && width,
    () => `a segmenter gives logits [N, ${classes.length} classes, height, width], got [${logits?.shape}]`,
  );
  const maps = viewsOfOutputs(outputs, placements.length).map((v) => v[name]!);
  const said = decode(maps, [height, width], placements);
  const [h, w] = said.size;
  const pixels = new Map<number, number>();
  for (const c of said.labels) pixels.set(c, (pixels.get(c) ?? 0) + 1);
  const parts = targetOfMask(mask(w, h, said.labels)).parts.map(({ label, runs }) => {
    const n = pixels.get(label)!;
    return { label: classes[label]!, share: n / (h * w), pixels: n, runs };
  });
  return { size: [h, w], score: pictureScore(said), parts: parts.sort((a, b) => b.pixels - a.pixels) };
}
