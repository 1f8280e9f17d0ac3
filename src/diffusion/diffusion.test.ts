import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { f32 } from '../base/tensor.ts';
import { graph } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { numbers, values } from './maths.ts';
import { flow } from './processes/flow.ts';
import { processes } from './processes/index.ts';
import { type Predict, sample } from './sample.ts';
import { samplerNames } from './samplers.ts';
import { exact, type Ideal, momentsOf } from './testing/exact.ts';

/** Pictures of two numbers that are normally distributed: everything about them is known. */
const mean = [0.3, -0.2] as const;
const covariance = [
  [0.25, 0.12],
  [0.12, 0.16],
] as const;

/** E[x₀ | x] for x = a x₀ + b ε: μ + a S (a² S + b² I)⁻¹ (x − a μ). */
const ideal: Ideal = (x, a, b) => {
  const [[s, r], [, t]] = covariance;
  const [p, q, u] = [a * a * s + b * b, a * a * r, a * a * t + b * b];
  const det = p * u - q * q;
  const d = [x[0]! - a * mean[0], x[1]! - a * mean[1]] as const;
  const y = [(u * d[0] - q * d[1]) / det, (p * d[1] - q * d[0]) / det] as const;
  return [mean[0] + a * (s * y[0] + r * y[1]), mean[1] + a * (r * y[0] + t * y[1])];
};

describe.each(processes.map((p) => [p.name, p] as const))('%s', (_, process) => {
  it.each(samplerNames)('%s makes the known mean and covariance from the exact denoiser', async (sampler) => {
    const wanted = Array.from({ length: 4000 }, (_, seed) => ({ label: 0, seed }));
    const shape = [2, 1, 1] as const;
    const options = { process, sampler, guidance: 1, interval: [0, 1] as const, shape, classes: 1 };
    const run = (steps: number) => sample(exact(process, ideal), wanted, { ...options, steps });
    const { pictures, evaluations } = await run(100);
    expect(evaluations).toBe(sampler === 'heun' ? 199 : 100);
    const found = momentsOf(pictures.data);
    // 4000 draws: a standard error of 0.008 for means, 0.006 for variances.
    found.mean.forEach((m, k) => {
      expect(m).toBeCloseTo(mean[k]!, 1);
      expect(Math.abs(m - mean[k]!)).toBeLessThan(0.03);
    });
    [0.25, 0.12, 0.16].forEach((v, k) => {
      expect(Math.abs(found.covariance[k]! - v)).toBeLessThan(0.02);
    });
  });

  it('has a target that the ideal denoiser leads to, and the same formulas in a graph', async () => {
    const rng = random(3, process.name);
    const drawn = Float32Array.from({ length: 16 }, () => (process.draws === 'normal' ? rng.normal() : rng.uniform()));
    for (const u of drawn) {
      const level = process.levelAt(numbers, process.timeOf(numbers, u));
      const [picture, noise] = [rng.normal(), rng.normal()];
      const x = Number(level.signal) * picture + Number(level.noise) * noise;
      const target = Number(level.towards.picture) * picture + Number(level.towards.noise) * noise;
      expect(Number(level.skip) * x + Number(level.out) * target).toBeCloseTo(picture, 5);
    }
    const u = input('u', 'float32', ['N']);
    const time = process.timeOf(values, u);
    const { towards, ...level } = process.levelAt(values, time);
    const flat = { time, ...level, picture: towards.picture, noiseTarget: towards.noise };
    const computed = Object.entries(flat).filter((e): e is [string, Value] => typeof e[1] !== 'number');
    const program = await compile(await nativeRuntime(), graph(Object.fromEntries(computed)));
    const out = await program.run({ u: f32([16], drawn) });
    await program.close();
    drawn.forEach((v, i) => {
      const t = process.timeOf(numbers, v);
      const { towards: to, ...own } = process.levelAt(numbers, t);
      const expected: Record<string, number | undefined> = {
        time: t,
        ...own,
        picture: to.picture,
        noiseTarget: to.noise,
      };
      for (const [name] of computed) {
        expect(Math.abs(Number(out[name]!.data[i]) - expected[name]!), name).toBeLessThan(
          2e-5 * (1 + Math.abs(expected[name]!)),
        );
      }
    });
  });

  it('ends at the picture, and its judged times lie on the way', () => {
    const times = process.times(20);
    expect(times).toHaveLength(21);
    const levels = times.map((t) => process.levelAt(numbers, t));
    expect(levels.at(-1)).toMatchObject({ noise: 0, signal: 1 });
    const share = ({ signal, noise }: (typeof levels)[number]) => Number(noise) / (Number(signal) + Number(noise));
    for (let i = 1; i < levels.length; i++) expect(share(levels[i]!)).toBeLessThan(share(levels[i - 1]!));
    expect(share(levels[0]!)).toBeGreaterThan(0.98);
    for (const t of process.judged) expect(share(process.levelAt(numbers, t))).toBeLessThan(1);
  });
});

it('unit variance at input and target of EDM, where pictures have a deviation of 0.5', () => {
  const edm = processes[1]!;
  for (const sigma of [0.01, 0.3, 1, 20]) {
    const { input: scale, towards } = edm.levelAt(numbers, sigma);
    expect(Number(scale) ** 2 * (0.25 + sigma ** 2)).toBeCloseTo(1, 10);
    expect(Number(towards.picture) ** 2 * 0.25 + Number(towards.noise) ** 2).toBeCloseTo(1, 10);
  }
});

it('flow trains where classes are told apart: one time of thirty is noisier than 0.95; steps are spent there too', () => {
  const rng = random(0, 'times');
  const times = Array.from({ length: 20_000 }, () => flow.timeOf(numbers, rng.normal())).sort((a, b) => a - b);
  expect(times[10_000]!).toBeCloseTo(0.75, 2);
  expect(times.filter((t) => t > 0.95).length / times.length).toBeCloseTo(0.0325, 2);
  expect(flow.times(3)).toEqual([1, 6 / 7, 3 / 5, 0]);
  expect(flow.times(2, 0.6)[0]).toBeCloseTo(0.6, 12);
});

describe('guidance', () => {
  const process = processes[0]!;
  /** Class 0 wants 1, no class wants 0. */
  const predict: Predict = async ({ image, time, label }) => {
    const out = f32(image.shape);
    label.data.forEach((l, i) => {
      out.data[i] = (image.data[i]! - (l === 0n ? 1 : 0)) / time.data[i]!;
    });
    return out;
  };
  const options = { process, sampler: 'euler', steps: 4, interval: [0, 1], shape: [1, 1, 1], classes: 1 } as const;
  const wanted = [{ label: 0, seed: 1 }];

  it('goes as far beyond the free answer as it is told, at two evaluations a step', async () => {
    const plain = await sample(predict, wanted, { ...options, guidance: 1 });
    expect([plain.pictures.data[0], plain.evaluations]).toEqual([1, 4]);
    const strong = await sample(predict, wanted, { ...options, guidance: 3 });
    expect(strong.pictures.data[0]).toBeCloseTo(3, 5);
    expect(strong.evaluations).toBe(8);
  });

  it('acts in its interval only', async () => {
    const some = await sample(predict, wanted, { ...options, guidance: 3, interval: [0.6, 1] });
    // Of the times 1, 0.9, 0.75, 0.5 all but the last; the last step alone decides here.
    expect([some.evaluations, some.pictures.data[0]]).toEqual([7, 1]);
  });

  it('gives a seed the same picture whatever is made beside it', async () => {
    const shape = [1, 2, 2] as const;
    const net: Predict = async ({ image }) => f32(image.shape, image.data.map(Math.tanh));
    const many = await sample(
      net,
      [7, 8, 9].map((seed) => ({ label: 0, seed })),
      { ...options, shape, guidance: 1 },
    );
    const one = await sample(net, [{ label: 0, seed: 8 }], { ...options, shape, guidance: 1 });
    expect(many.pictures.data.slice(4, 8)).toEqual(one.pictures.data);
  });
});
