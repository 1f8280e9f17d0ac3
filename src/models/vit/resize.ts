import { positionEmbedding, strided } from '../../nn/resample.ts';
import type { Resize } from '../model.ts';

const grids = strided(8, 14, 16, 32);

/** For each number of learned tokens before the grid: none (DeiT-III, means), class, class and distillation. */
const byPrefix = [0, 1, 2].map((prefix) => positionEmbedding({ prefix, grids }));

/** Position embeddings of another input size; the number of leading tokens is the one that leaves a square grid. */
export const resizePositions: Resize = (stored, shape, size) => {
  for (const resize of byPrefix) {
    const resized = resize(stored, shape, size);
    if (resized) return resized;
  }
  return undefined;
};
