import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, random } from '../../base/random.ts';
import { chiSquareTail, homogeneity, stabilityIndex } from './chi-square.ts';
import { distributionOf, distributionSchema, type Left } from './distribution.ts';
import { ExitMonitor } from './monitor.ts';

describe('chiSquareTail', () => {
  // Points of the distribution as tables print them.
  it.each([
    [3.841, 1, 0.05],
    [6.635, 1, 0.01],
    [7.815, 3, 0.05],
    [16.919, 9, 0.05],
    [27.877, 9, 0.001],
    [124.342, 100, 0.05],
    [2 * Math.log(4), 2, 0.25],
    [0.00016, 1, 0.98991],
  ])('P(X ≥ %f) with %d degrees of freedom', (x, degrees, p) => {
    expect(chiSquareTail(x, degrees)).toBeCloseTo(p, 4);
  });

  // mpmath with 40 digits: gammainc(d / 2, x / 2, inf, regularized=True).
  it.each([
    [1e-6, 1, 0.9992021155721779],
    [0.5, 1, 0.4795001221869535],
    [30, 1, 4.320463057827497e-8],
    [200, 1, 2.088487583762545e-45],
    [1200, 1, 6.099568814808434e-263],
    [0.01, 3, 0.9997348349413444],
    [80, 3, 3.069277486172417e-17],
    [9, 9, 0.4372741889138671],
    [150, 9, 8.81962995480541e-28],
    [900, 9, 6.186801032394573e-188],
    [5, 30, 0.9999999308468613],
    [40, 40, 0.47025726683924],
    [60, 100, 0.999481108537452],
    [400, 100, 1.692797995885709e-37],
    [1300, 100, 6.183246409128241e-208],
  ])('is right to ten digits in the tails too: P(X ≥ %f), %d degrees', (x, degrees, p) => {
    expect(Math.abs(chiSquareTail(x, degrees) / p - 1)).toBeLessThan(1e-10);
  });

  it('falls from 1 to 0', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 300, noNaN: true }), fc.integer({ min: 1, max: 60 }), (x, d) => {
        const p = chiSquareTail(x, d);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(chiSquareTail(x + 1, d)).toBeLessThanOrEqual(p + 1e-12);
      }),
    );
  });
});

describe('homogeneity', () => {
  it('is the textbook number, and joins bins that are too small', () => {
    // A 2 × 2 table: n (ad − bc)² / (row and column sums).
    const { statistic, degrees } = homogeneity([30, 70], [50, 50]);
    expect(statistic).toBeCloseTo((200 * (30 * 50 - 70 * 50) ** 2) / (100 * 100 * 80 * 120), 10);
    expect(degrees).toBe(1);
    expect(homogeneity([40, 1, 1, 58], [45, 0, 2, 53]).degrees).toBe(1);
    expect(homogeneity([10, 0], [20, 0])).toEqual({ statistic: 0, degrees: 0, p: 1 });
    expect(homogeneity([0, 0], [2, 3]).p).toBe(1);
  });

  it('gives p-values that are as rare as they say', () => {
    let small = 0;
    for (let t = 0; t < 2000; t++) {
      const rng = random(t, 'same');
      const draw = (n: number) => {
        const counts = [0, 0, 0, 0];
        for (let i = 0; i < n; i++) counts[Math.min(3, Math.floor(5 * rng.uniform() ** 2))]!++;
        return counts;
      };
      if (homogeneity(draw(150), draw(300)).p < 0.05) small++;
    }
    expect(small / 2000).toBeGreaterThan(0.03);
    expect(small / 2000).toBeLessThan(0.07);
  });
});

it('the stability index is 0 for equal shares and grows with the difference', () => {
  expect(stabilityIndex([100, 200], [100, 200])).toBe(0);
  const [near, far] = [stabilityIndex([500, 500], [550, 450]), stabilityIndex([500, 500], [900, 100])];
  expect(near).toBeLessThan(0.1);
  expect(far).toBeGreaterThan(0.25);
  expect(Number.isFinite(stabilityIndex([10, 0], [0, 10]))).toBe(true);
});

/** Images of a camera: `dark` is how much of the light is gone, which makes exits less sure. */
function camera(rng: Random, dark = 0): Left {
  const confidence = Math.max(0.2, 1 - (0.6 * rng.uniform() ** 2 + dark * rng.uniform()));
  return { exit: confidence > 0.9 ? 0 : confidence > 0.7 ? 1 : 2, confidence };
}
const pictures = (n: number, seed: number, dark = 0) => {
  const rng = random(seed, 'camera', dark);
  return Array.from({ length: n }, () => camera(rng, dark));
};

describe('ExitMonitor', () => {
  const calibrated = distributionSchema.parse(distributionOf(pictures(600, 1), 3));

  it('says nothing of few images, and that all is well of the same camera', () => {
    const monitor = new ExitMonitor(calibrated);
    for (const p of pictures(199, 2, 0.5)) monitor.add(p);
    expect(monitor.report()).toMatchObject({ state: 'too few images', images: 199, exits: { drifted: false } });
    let alarms = 0;
    for (let day = 0; day < 100; day++) {
      const same = new ExitMonitor(calibrated);
      for (const p of pictures(1000, 100 + day)) same.add(p);
      if (same.report().state === 'drifted') alarms++;
    }
    expect(alarms).toBe(0);
  });

  it('sees that the light has gone, although all was well for long', () => {
    const monitor = new ExitMonitor(calibrated, { window: 500 });
    for (const p of pictures(5000, 3)) monitor.add(p);
    expect(monitor.report().state).toBe('as calibrated');
    for (const p of pictures(500, 4, 0.4)) monitor.add(p);
    const report = monitor.report();
    expect(report).toMatchObject({ state: 'drifted', total: 5500, images: 500 });
    expect(report.exits.drifted && report.confidence.drifted).toBe(true);
    expect(report.shares[0]).toBeLessThan(report.calibrated[0]!);
    expect(report.shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it('does not call a small shift drift, however certain it is', () => {
    const monitor = new ExitMonitor(distributionOf(pictures(50_000, 5), 3), { window: 50_000 });
    for (const p of pictures(50_000, 6, 0.006)) monitor.add(p);
    const { confidence, state } = monitor.report();
    expect(confidence.p).toBeLessThan(1e-4);
    expect(state).toBe('as calibrated');
  });

  it('copes with images that are all equally sure, and refuses what cannot be', () => {
    const sure = Array.from({ length: 50 }, () => ({ exit: 0, confidence: 1 }));
    const monitor = new ExitMonitor(distributionSchema.parse(distributionOf(sure, 2)), { window: 300 });
    for (let i = 0; i < 300; i++) monitor.add({ exit: 0, confidence: 1 });
    expect(monitor.report().state).toBe('as calibrated');
    for (let i = 0; i < 300; i++) monitor.add({ exit: 1, confidence: 0.4 });
    expect(monitor.report().state).toBe('drifted');
    expect(() => monitor.add({ exit: 2, confidence: 1 })).toThrow(/knows 2 exits/);
    expect(() => new ExitMonitor(calibrated, { window: 100, minimum: 200 })).toThrow(/at least 200/);
  });
});
