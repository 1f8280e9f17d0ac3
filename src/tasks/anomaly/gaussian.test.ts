import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { drawnChannels, GaussianSums } from './gaussian.ts';
import { heatMap } from './heat-map.ts';
import { channelsOf, mahalanobis } from './mahalanobis.ts';
import { patchRows } from './patches.ts';
import { recording, tensorIn } from './testing/recording.ts';

/** Rows of picture n, [P, C], of maps [N, C, H, W]. */
function rowsOf({ data, shape }: Tensor<'float32'>, n: number): Float32Array {
  const [, c, h, w] = shape as [number, number, number, number];
  return Float32Array.from({ length: h * w * c }, (_, i) => data[(n * c + (i % c)) * h * w + Math.floor(i / c)]!);
}

const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
  Math.max(...Array.from(expected, (e, i) => Math.abs(actual[i]! - e))) / Math.max(...Array.from(expected, Math.abs));

describe('PaDiM, against anomalib', () => {
  const r = recording.padim;
  const [good, other] = [tensorIn(r.good), tensorIn(r.other)];
  const [count, d, h, w] = good.shape as [number, number, number, number];
  const sums = new GaussianSums(h * w, d);
  for (let n = 0; n < count; n++) sums.add(rowsOf(good, n));
  const { mean, whitening } = sums.fit(0.01 + 1e-5);

  it('finds the same means and inverse covariances', () => {
    const means = tensorIn(r.mean).data;
    expect(
      worst(
        mean.data,
        Float32Array.from(mean.data, (_, i) => means[(i % d) * h * w + Math.floor(i / d)]!),
      ),
    ).toBeLessThan(1e-5);
    const inverse = tensorIn(r.inverse).data;
    const ours = Float32Array.from(inverse, (_, i) => {
      const [p, a, b] = [Math.floor(i / (d * d)), Math.floor(i / d) % d, i % d];
      let sum = 0;
      for (let k = 0; k < d; k++) sum += whitening.data[(p * d + a) * d + k]! * whitening.data[(p * d + b) * d + k]!;
      return sum;
    });
    expect(worst(ours, inverse)).toBeLessThan(1e-4);
  });

  it('gives the same distances and maps as a graph', async () => {
    const image = input('image', 'float32', ['N', d, h, w]);
    const all = channelsOf(image, [0, 1, 2, 3, 4]);
    const distances = mahalanobis(
      patchRows(all),
      input('mean', 'float32', mean.shape),
      input('whitening', 'float32', whitening.shape),
    );
    const g = graph({ distances, map: heatMap(distances, [h, w], r.size) });
    const program = await compile(await nativeRuntime(), g, { threads: 1 });
    const out = await program.run({ image: other, mean, whitening });
    await program.close();
    expect(out.distances!.shape).toEqual([2, h * w]);
    expect(worst(out.distances!.data as Float32Array, tensorIn(r.distances).data)).toBeLessThan(1e-4);
    expect(out.map!.shape).toEqual([2, 1, ...r.size]);
    expect(worst(out.map!.data as Float32Array, tensorIn(r.map).data)).toBeLessThan(1e-4);
  });

  it('is without a part what it is fitted to the rest', () => {
    const [whole, part] = [new GaussianSums(h * w, d), new GaussianSums(h * w, d)];
    whole.add(rowsOf(good, 0));
    const left = whole.alike();
    for (let n = 1; n < count; n++) whole.add(rowsOf(good, n));
    for (let n = 5; n < 9; n++) left.add(rowsOf(good, n));
    for (let n = 0; n < count; n++) if (n < 5 || n >= 9) part.add(rowsOf(good, n));
    const [a, b] = [whole.without(left).fit(), part.fit()];
    expect(worst(a.mean.data, b.mean.data)).toBeLessThan(1e-6);
    expect(worst(a.whitening.data, b.whitening.data)).toBeLessThan(1e-5);
  });
});

describe('Gaussians', () => {
  it('refuse one picture, other sizes, and what is no number', () => {
    const sums = new GaussianSums(2, 2);
    expect(() => sums.add(new Float32Array(3))).toThrow(/2 × 2 features, got 3/);
    sums.add(new Float32Array(4));
    expect(() => sums.fit()).toThrow(/at least two good pictures, got 1/);
    expect(() => sums.add(new Float32Array(4).fill(Number.NaN))).toThrow(/not finite/);
  });

  it('fit pictures that are all alike, by epsilon', () => {
    const sums = new GaussianSums(1, 2);
    for (let i = 0; i < 3; i++) sums.add(Float32Array.of(1, 2));
    expect(Array.from(sums.fit(0.01).whitening.data)).toEqual([10, 0, 0, 10].map((v) => expect.closeTo(v, 5)));
    expect(sums.fit().mean).toEqual(f32([1, 2], [1, 2]));
  });

  it('see channels that a seed draws', () => {
    expect(drawnChannels(128, 50, 1)).toEqual(drawnChannels(128, 50, 1));
    expect(new Set(drawnChannels(128, 50, 1)).size).toBe(50);
    expect(() => drawnChannels(8, 9, 0)).toThrow(/1 to 8 channels/);
  });
});
