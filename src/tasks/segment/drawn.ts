import { z } from 'zod';
import { ignoreIndex, mask } from '../../data/geometry/mask.ts';
import type { Size } from '../../data/geometry/placement.ts';
import { packRuns, rleOf } from '../../data/geometry/rle.ts';

/** Longer side of the drawing, in cells. */
const SIDE = 256;
const kinds = ['right', 'missed', 'wrong'] as const;

/**
 * Where a picture was judged right and wrong, small enough to keep: cells of which any pixel was marked or should have been, by what most
 * of those pixels are, as COCO's compressed run lengths. What was taken for another class is wrong.
 */
export const drawnMistakes = z.object({
  /** Height and width in cells. */
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  right: z.string(),
  missed: z.string(),
  wrong: z.string(),
});
export type DrawnMistakes = z.infer<typeof drawnMistakes>;

/** Draws the mistakes of a picture [height, width] from its true and predicted classes, the background being 0. */
export function drawMistakes(truth: Uint8Array, said: ArrayLike<number>, [height, width]: Size): DrawnMistakes {
  const scale = Math.min(1, SIDE / Math.max(height, width));
  const [h, w] = [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  const counts = kinds.map(() => new Uint32Array(h * w));
  for (let i = 0; i < truth.length; i++) {
    const kind = kindOf(truth[i]!, said[i]!);
    if (kind === undefined) continue;
    const row = Math.floor((Math.floor(i / width) * h) / height);
    const column = Math.floor(((i % width) * w) / width);
    counts[kind]![row * w + column]! += 1;
  }
  const cells = mask(w, h);
  for (let i = 0; i < cells.data.length; i++) {
    const most = Math.max(...counts.map((n) => n[i]!));
    // Of equals the mistake is shown.
    if (most > 0) cells.data[i] = 1 + counts.findLastIndex((n) => n[i] === most);
  }
  const [right, missed, wrong] = kinds.map((_, k) => packRuns(rleOf(cells, k + 1).counts)) as [string, string, string];
  return { size: [h, w], right, missed, wrong };
}

/** Index into {@link kinds}; undefined where there is nothing to draw. */
function kindOf(truth: number, said: number): number | undefined {
  if (truth === ignoreIndex || (truth === 0 && said === 0)) return undefined;
  if (truth === said) return 0;
  return said === 0 ? 1 : 2;
}
