import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { image } from '../image.ts';
import { normaliser, preprocess, preprocessing } from '../preprocess.ts';
import { augmentInto } from './augment.ts';
import { randomCrop } from './crop.ts';
import { erase } from './erase.ts';
import { type RecipeInput, recipe, recipeNames } from './recipe.ts';

const p = preprocessing({ size: [16, 12], mean: [0, 0, 0], std: [1, 1, 1] });
const table = normaliser(p);
const noise = random(5, 'noise');
const source = image(
  40,
  30,
  Uint8Array.from({ length: 3600 }, () => noise.below(256)),
);

function augmented(from: string | RecipeInput, item: number, changes?: RecipeInput): Float32Array {
  const out = new Float32Array(3 * 16 * 12);
  augmentInto(source, recipe(from, changes), p, table, random(1, 'augment', 0, item), out, 0);
  return out;
}

describe('augmentInto', () => {
  it('repeats for the same stream and varies with the item, leaving the source alone', () => {
    const before = source.data.slice();
    for (const name of recipeNames.filter((n) => n !== 'none')) {
      expect(augmented(name, 0)).toEqual(augmented(name, 0));
      expect(augmented(name, 0)).not.toEqual(augmented(name, 1));
    }
    expect(source.data).toEqual(before);
  });

  it("is the evaluation transform for 'none'", () => {
    expect(augmented('none', 0)).toEqual(preprocess([source], p).data);
  });

  it('mirrors left-right and up-down', () => {
    const plain = augmented('none', 0);
    const mirrored = augmented('none', 0, { hflip: 1, vflip: 1 });
    for (let c = 0; c < 3; c++) {
      const plane = plain.slice(c * 192, (c + 1) * 192);
      expect(mirrored.slice(c * 192, (c + 1) * 192)).toEqual(plane.reverse());
    }
  });

  it('carries out RandAugment and jitter only where asked', () => {
    const plain = augmented('none', 3);
    expect(augmented({ randAugment: { prob: 0 } }, 3)).toEqual(plain);
    expect(augmented({ randAugment: { prob: 1, ops: ['Invert'], n: 1 } }, 3)).toEqual(
      plain.map((v) => Math.fround((255 - Math.round(v * 255)) / 255)),
    );
    expect(augmented({ jitter: { prob: 0, brightness: 1 } }, 3)).toEqual(plain);
    expect(augmented({ jitter: { brightness: 0.5, hue: 0.2 } }, 3)).not.toEqual(plain);
  });
});

describe('randomCrop', () => {
  it('lies inside the picture, and within area and ratio where they can be had', () => {
    const side = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(side, side, fc.nat(), fc.constantFrom(0.3, 1, 4), (width, height, seed, inputRatio) => {
        const settings = { scale: [0.2, 0.8], ratio: [0.75, 4 / 3], interpolation: 'bilinear' } as const;
        const box = randomCrop(
          width,
          height,
          { ...settings, scale: [0.2, 0.8], ratio: [0.75, 4 / 3] },
          inputRatio,
          random(seed),
        );
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.width).toBeGreaterThan(0);
        expect(box.height).toBeGreaterThan(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        expect(box.y + box.height).toBeLessThanOrEqual(height);
        if (
          inputRatio === 1 &&
          Math.min(width, height) > 50 &&
          Math.max(width, height) < 1.3 * Math.min(width, height)
        ) {
          const share = (box.width * box.height) / (width * height);
          expect(share).toBeGreaterThan(0.18);
          expect(share).toBeLessThan(0.83);
          expect(box.width / box.height).toBeGreaterThan(0.72);
          expect(box.width / box.height).toBeLessThan(1.4);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('erase', () => {
  const [height, width] = [20, 30];
  it('blanks one rectangle of the asked share in every channel', () => {
    for (let seed = 0; seed < 50; seed++) {
      const data = new Float32Array(5 + 3 * 600).fill(7);
      erase(data, 5, height, width, { prob: 1, area: [0.1, 0.3], aspect: 0.5, fill: 'mean' }, random(seed));
      expect([...data.subarray(0, 5)]).toEqual([7, 7, 7, 7, 7]);
      const planes = [0, 1, 2].map((c) => data.subarray(5 + c * 600, 5 + (c + 1) * 600));
      expect(planes[1]).toEqual(planes[0]);
      expect(planes[2]).toEqual(planes[0]);
      const share = planes[0]!.filter((v) => v === 0).length / 600;
      expect(share).toBeGreaterThan(0.07);
      expect(share).toBeLessThan(0.34);
    }
  });

  it('fills with normal noise, or one colour a channel', () => {
    const noisy = new Float32Array(1800).fill(100);
    erase(noisy, 0, height, width, { prob: 1, area: [0.3, 0.3], aspect: 1, fill: 'noise' }, random(3));
    const drawn = noisy.filter((v) => v !== 100);
    expect(drawn.length).toBeGreaterThan(400);
    expect(Math.abs(drawn.reduce((a, b) => a + b) / drawn.length)).toBeLessThan(0.2);
    const flat = new Float32Array(1800).fill(100);
    erase(flat, 0, height, width, { prob: 1, area: [0.3, 0.3], aspect: 1, fill: 'colour' }, random(3));
    expect(new Set(flat.filter((v) => v !== 100)).size).toBe(3);
  });

  it('leaves the picture alone with probability 1 - prob', () => {
    const data = new Float32Array(1800).fill(1);
    erase(data, 0, height, width, { prob: 0, area: [0.3, 0.3], aspect: 1, fill: 'mean' }, random(3));
    expect(data.every((v) => v === 1)).toBe(true);
  });
});
