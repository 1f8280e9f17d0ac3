import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { numbers } from './maths.ts';
import type { Origin } from './origin.ts';
import { shareOf } from './process.ts';
import { processes } from './processes/index.ts';
import { noiseOf, type Predict, type SampleOptions, sample } from './sample.ts';
import { samplerNames } from './samplers.ts';
import { exact, type Ideal, momentsOf } from './testing/exact.ts';

const pairs = processes.flatMap((process) =>
  samplerNames.map((sampler) => [process.name, sampler, { process, sampler }] as const),
);
const plain = { guidance: 1, interval: [0, 1], shape: [2, 1, 1], classes: 1 } as const;
const seeds = (n: number) => Array.from({ length: n }, (_, seed) => ({ label: 0, seed }));

/** Two numbers that are normally distributed, each for itself. */
const mean = [0.3, -0.2];
const variance = [0.25, 0.16];
const gaussian: Ideal = (x, a, b) =>
  x.map((v, k) => mean[k]! + ((a * variance[k]!) / (a * a * variance[k]! + b * b)) * (v - a * mean[k]!));

const picture = f32([2, 1, 1], [1.1, -0.9]);
const from = (strength: number, more: Partial<Origin> = {}): Origin => ({ picture, strength, ...more });

describe.each(pairs)('%s, %s, from a picture', (_, sampler, setting) => {
  const { process } = setting;
  const run = (predict: Predict, n: number, options: Partial<SampleOptions>) =>
    sample(predict, seeds(n), { ...plain, ...setting, steps: 20, ...options });

  it('ends where the exact path ends that begins at the strength, in as many steps', async () => {
    const strength = 0.6;
    const { pictures, evaluations } = await run(exact(process, gaussian), 1500, { steps: 100, from: from(strength) });
    expect(evaluations).toBe(sampler === 'heun' ? 119 : 60);
    const level = process.levelAt(numbers, process.times(60, strength)[0]!);
    const [a, b] = [Number(level.signal), Number(level.noise)];
    expect(shareOf({ signal: a, noise: b })).toBeCloseTo(strength, 10);
    // The path of a normal distribution: x − a μ keeps its place among the deviations √(a² S + b²).
    const shrink = variance.map((s) => Math.sqrt(s / (a * a * s + b * b)));
    const found = momentsOf(pictures.data);
    shrink.forEach((f, k) => {
      const wanted = mean[k]! + f * a * (picture.data[k]! - mean[k]!);
      expect(Math.abs(found.mean[k]! - wanted)).toBeLessThan(0.03);
      expect(Math.abs(found.covariance[2 * k]! - (f * b) ** 2)).toBeLessThan(0.02);
    });
  });

  it('gives the picture back where hardly anything is made anew', async () => {
    const { pictures } = await run(exact(process, gaussian), 3, { from: from(0.001) });
    pictures.data.forEach((v, k) => {
      expect(Math.abs(v - picture.data[k % 2]!)).toBeLessThan(0.006);
    });
  });

  it('makes at strength 1 what it makes of noise alone', async () => {
    const predict = exact(process, gaussian);
    const noise = await run(predict, 2, {});
    expect((await run(predict, 2, { from: from(1) })).pictures.data).toEqual(noise.pictures.data);
  });

  it.each([0.4, 1])(
    'keeps what is under no mask to the bit, noised anew at each step (strength %d)',
    async (strength) => {
      const mask = f32([1, 2], [0, 1]);
      const known = f32([1, 1, 2], [0.7, -0.9]);
      const seen: number[] = [];
      const ideal: Ideal = (x, a, b) => {
        const wanted = a * 0.7 + b * noiseOf(0, 2)[0]!;
        seen.push(Math.abs(x[0]! - wanted) / Math.max(1, b));
        return [5, gaussian(x, a, b)[1]!];
      };
      const origin: Origin = { picture: known, mask, strength };
      const { pictures } = await run(exact(process, ideal), 1, { shape: [1, 1, 2], from: origin });
      expect(pictures.data[0]).toBe(known.data[0]);
      expect(pictures.data[1]).not.toBe(known.data[1]);
      expect(Math.max(...seen)).toBeLessThan(1e-4);
    },
  );

  it('fills a hole with what fits the rest, where only two pictures exist', async () => {
    const both = [
      [1, 0.5],
      [-1, -0.5],
    ] as const;
    const either: Ideal = (x, a, b) => {
      const far = both.map((p) => p.reduce((sum, v, k) => sum + (x[k]! - a * v) ** 2, 0) / (2 * b * b));
      const least = Math.min(...far);
      const odds = far.map((f) => Math.exp(least - f));
      const sum = odds[0]! + odds[1]!;
      return [0, 1].map((k) => (odds[0]! * both[0][k]! + odds[1]! * both[1][k]!) / sum);
    };
    const holed: Origin = { picture: f32([1, 1, 2], [-1, 7]), mask: f32([1, 2], [0, 1]), strength: 1 };
    const { pictures } = await run(exact(process, either), 20, { shape: [1, 1, 2], from: holed });
    pictures.data.forEach((v, k) => {
      expect(Math.abs(v - both[1][k % 2]!)).toBeLessThan(1e-3);
    });
  });
});

it('refuses what cannot be begun with', async () => {
  const predict: Predict = async ({ image }) => f32(image.shape);
  const options = { ...plain, process: processes[0]!, sampler: 'euler', steps: 3 } as const;
  const attempt = (origin: Origin) => sample(predict, seeds(1), { ...options, from: origin });
  await expect(attempt(from(0))).rejects.toThrow(/strength must be above 0 and at most 1, got 0/);
  await expect(attempt(from(1.5))).rejects.toThrow(/got 1.5/);
  await expect(attempt(from(Number.NaN))).rejects.toThrow(/got NaN/);
  await expect(attempt(from(0.5, { picture: f32([1, 2, 2]) }))).rejects.toThrow(/must be \[2,1,1\].*got \[1,2,2\]/);
  await expect(attempt(from(0.5, { mask: f32([2, 1]) }))).rejects.toThrow(
    /mask must be as large.*\[1,1\], got \[2,1\]/,
  );
  await expect(attempt(from(0.5, { mask: f32([1, 1]) }))).rejects.toThrow(/keeps the whole picture/);
});
