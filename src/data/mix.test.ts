import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { beta, mix } from './mix.ts';

const size = 3 * 8 * 10;

/** Item i is the constant i; its target is one-hot. */
function batch(items: number): { images: Float32Array; targets: Float32Array } {
  const images = Float32Array.from({ length: items * size }, (_, k) => Math.floor(k / size));
  return { images, targets: oneHot(items) };
}

const oneHot = (n: number) => Float32Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0));

describe('mix', () => {
  for (const [name, settings] of Object.entries({
    mixup: { mixup: 1, cutmix: 0, prob: 1, cutmixShare: 0.5 },
    cutmix: { mixup: 0, cutmix: 1, prob: 1, cutmixShare: 0.5 },
  })) {
    it(`${name}: the targets say exactly what the pictures hold`, () => {
      for (let seed = 0; seed < 40; seed++) {
        const { images, targets } = batch(5);
        const keep = mix(images, 8, 10, [targets], 5, settings, random(seed));
        for (let i = 0; i < 5; i++) {
          const other = 4 - i;
          const mean = images.subarray(i * size, (i + 1) * size).reduce((a, b) => a + b) / size;
          const row = targets.subarray(i * 5, (i + 1) * 5);
          expect(mean).toBeCloseTo(keep * i + (1 - keep) * other, 4);
          expect(row.reduce((sum, t, k) => sum + t * k, 0)).toBeCloseTo(mean, 4);
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          const values = new Set(images.subarray(i * size, (i + 1) * size));
          expect(name === 'mixup' ? values.size : [...values].every((v) => v === i || v === other)).toBe(
            name === 'mixup' ? 1 : true,
          );
        }
      }
    });
  }

  it('leaves a single item, a switched-off mix and an undrawn batch alone', () => {
    for (const [items, prob, alpha] of [
      [1, 1, 1],
      [4, 0, 1],
      [4, 1, 0],
    ] as const) {
      const { images, targets } = batch(items);
      const settings = { mixup: alpha, cutmix: alpha, prob, cutmixShare: 0.5 };
      expect(mix(images, 8, 10, [targets], items, settings, random(1))).toBe(1);
      expect({ images, targets }).toEqual(batch(items));
    }
  });
});

describe('beta', () => {
  it('has the mean and variance of Beta(α, α)', () => {
    for (const alpha of [0.2, 0.8, 1, 4]) {
      const rng = random(11, 'beta', alpha * 10);
      const draws = Array.from({ length: 20_000 }, () => beta(alpha, rng));
      const mean = draws.reduce((a, b) => a + b) / draws.length;
      const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
      expect(mean).toBeCloseTo(0.5, 1);
      expect(Math.abs(variance * 4 * (2 * alpha + 1) - 1)).toBeLessThan(0.05);
    }
  });
});
