import type { Random } from '../base/random.ts';
import type { Recipe } from './augment/recipe.ts';

/**
 * Mixes a batch of pictures [N, 3, height, width] and its targets [N, …] in place, each item with the one at
 * the mirrored place (first with last), as timm does per batch: either mixup (Zhang et al. 2017; a blend) or cutmix
 * (Yun et al. 2019; a rectangle of the other, the weight being its true area). Returns the weight of the item itself.
 */
export function mix(
  images: Float32Array,
  height: number,
  width: number,
  targets: readonly Float32Array[],
  items: number,
  settings: NonNullable<Recipe['mix']>,
  rng: Random,
): number {
  const { mixup, cutmix, prob, cutmixShare } = settings;
  if (items < 2 || (mixup === 0 && cutmix === 0) || rng.uniform() >= prob) return 1;
  const cut = cutmix > 0 && (mixup === 0 || rng.uniform() < cutmixShare);
  const drawn = beta(cut ? cutmix : mixup, rng);
  const keep = cut ? cutIn(images, height, width, items, drawn, rng) : drawn;
  if (!cut) blendPairs(images, items, keep);
  for (const rows of targets) blendPairs(rows, items, keep);
  return keep;
}

/** Row i becomes keep · row i + (1 - keep) · row (n - 1 - i), for all i at once. */
function blendPairs(data: Float32Array, rows: number, keep: number): void {
  const size = data.length / rows;
  for (let i = 0; i < rows >> 1; i++) {
    let q = (rows - 1 - i) * size;
    for (let p = i * size; p < (i + 1) * size; p++, q++) {
      const a = data[p]!;
      const b = data[q]!;
      data[p] = keep * a + (1 - keep) * b;
      data[q] = keep * b + (1 - keep) * a;
    }
  }
}

/** Swaps one rectangle of about 1 - `drawn` of the area between partners; returns the share of the area that stayed. */
function cutIn(images: Float32Array, height: number, width: number, items: number, drawn: number, rng: Random): number {
  const side = Math.sqrt(1 - drawn);
  const h = Math.trunc(height * side);
  const w = Math.trunc(width * side);
  const y = rng.below(height);
  const x = rng.below(width);
  const top = Math.max(0, y - (h >> 1));
  const bottom = Math.min(height, y + ((h + 1) >> 1));
  const left = Math.max(0, x - (w >> 1));
  const right = Math.min(width, x + ((w + 1) >> 1));
  const size = 3 * height * width;
  const held = new Float32Array(right - left);
  for (let i = 0; i < items >> 1; i++) {
    for (let c = 0; c < 3; c++) {
      for (let row = top; row < bottom; row++) {
        const inside = (c * height + row) * width + left;
        const p = i * size + inside;
        const q = (items - 1 - i) * size + inside;
        held.set(images.subarray(p, p + held.length));
        images.copyWithin(p, q, q + held.length);
        images.set(held, q);
      }
    }
  }
  return 1 - ((bottom - top) * (right - left)) / (height * width);
}

/** A draw from Beta(α, α): the share of one of two Gamma(α) draws. */
export function beta(alpha: number, rng: Random): number {
  const a = gamma(alpha, rng);
  const b = gamma(alpha, rng);
  return a + b > 0 ? a / (a + b) : 0.5;
}

/** Gamma(shape, 1) by Marsaglia and Tsang (2000); shapes below 1 by the power of a uniform number. */
function gamma(shape: number, rng: Random): number {
  if (shape < 1) return gamma(shape + 1, rng) * (1 - rng.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}
