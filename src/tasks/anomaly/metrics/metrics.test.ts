import { describe, expect, it } from 'vitest';
import { random } from '../../../base/random.ts';
import { auroc } from '../../auroc.ts';
import { bytesIn, recording, tensorIn } from '../testing/recording.ts';
import { PixelCurves } from './pixel-curves.ts';
import { binOf, scoreBins } from './score-bins.ts';

describe('against scikit-learn and anomalib', () => {
  const { pictures, auroc: pixels, aupro, image } = recording.metrics;
  const curves = new PixelCurves();
  for (const { size, mask, scores } of pictures) curves.add(tensorIn(scores).data, bytesIn(mask), size);

  it('judges pictures by their scores, equal ones too', () => {
    expect(auroc(image.positive, image.negative)).toBeCloseTo(image.auroc, 12);
  });

  it('judges pixels', () => {
    expect(curves.figures().auroc).toBeCloseTo(pixels, 9);
    expect(curves.figures().regions).toBe(6);
  });

  it('judges regions, up to any false-positive rate', () => {
    for (const [limit, value] of Object.entries(aupro))
      expect(curves.figures(Number(limit)).aupro, `up to ${limit}`).toBeCloseTo(value, 6);
  });
});

describe('pixel curves', () => {
  it('say nothing where only good pixels were seen', () => {
    const curves = new PixelCurves();
    curves.add(Float32Array.of(1, 2), Uint8Array.of(0, 0), [1, 2]);
    expect(curves.figures()).toEqual({ auroc: null, aupro: null, regions: 0 });
  });

  it('refuse maps of another size and scores that are no numbers', () => {
    const curves = new PixelCurves();
    expect(() => curves.add(new Float32Array(3), new Uint8Array(4), [2, 2])).toThrow(/a map of 3, a mask of 4/);
    expect(() => curves.add(Float32Array.of(Number.NaN), Uint8Array.of(0), [1, 1])).toThrow(/not a number/);
  });

  it('lose less than a thousandth to their bins', () => {
    const rng = random(1, 'bins');
    const mask = Uint8Array.from({ length: 4000 }, (_, i) => (i % 80 < 20 && i < 2000 ? 1 : 0));
    const map = Float32Array.from(mask, (m) => 3 + rng.normal() + m);
    const curves = new PixelCurves();
    curves.add(map, mask, [50, 80]);
    const of = (k: number) => [...map].filter((_, i) => mask[i] === k);
    expect(Math.abs(curves.figures().auroc! - auroc(of(1), of(0)))).toBeLessThan(1e-3);
  });
});

describe('AUROC of pictures', () => {
  it('needs both kinds', () => {
    expect(() => auroc([], [1])).toThrow(/anomalous and of good pictures, got 0 and 1/);
  });
});

describe('bins of scores', () => {
  it('grow with the score, over all of float32', () => {
    const scores = [-3e38, -1, -0.5, -1e-30, 0, 1e-30, 0.5, 0.501, 1, 1.002, 3e38];
    const bins = scores.map(binOf);
    expect(bins).toEqual(bins.toSorted((a, b) => a - b));
    expect(new Set(bins).size).toBe(scores.length);
    expect(bins.every((b) => b >= 0 && b < scoreBins)).toBe(true);
  });
});
