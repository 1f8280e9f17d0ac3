import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { image } from './image.ts';
import {
  fit as fitTo,
  normaliseInto,
  normaliser,
  type Preprocessing,
  preprocess,
  preprocessing,
} from './preprocess.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from './testing/fixture.ts';

interface Recording {
  mean: [number, number, number];
  std: [number, number, number];
  cases: (Pick<Preprocessing, 'size' | 'cropPct' | 'cropMode' | 'interpolation'> & {
    source: RecordedImage;
    result: RecordedImage;
    floats: number[];
  })[];
}

describe('preprocess', () => {
  const { mean, std, cases } = fixture<Recording>('preprocess.json');
  for (const { source, result, floats, ...settings } of cases) {
    const { size, cropPct, cropMode, interpolation } = settings;
    it(`equals timm: ${source.width}×${source.height} → ${size}, ${cropMode} ${cropPct} ${interpolation}`, () => {
      const p = preprocessing({ ...settings, mean, std });
      expect(largestDifference(fitTo(recorded(source), p).data, recorded(result).data)).toBe(0);
      const { data, shape } = preprocess([recorded(source)], p);
      expect(shape).toEqual([1, 3, ...size]);
      expect(Array.from(data).filter((_, i) => i % 97 === 0)).toEqual(floats);
    });
  }

  it('gives the wanted size for any picture and any setting', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
        fc.constantFrom('center' as const, 'squash' as const, 'border' as const),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (width, height, size, cropMode, cropPct) => {
          const p = preprocessing({ size, cropMode, cropPct });
          const out = fitTo(image(width, height), p);
          expect([out.height, out.width]).toEqual(size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('survives a very long strip without building the long picture', () => {
    const out = fitTo(image(20_000, 2), preprocessing({ size: 64 }));
    expect([out.width, out.height]).toEqual([64, 64]);
  });

  it('fills the border with the mean colour', () => {
    const p = preprocessing({ size: 8, cropMode: 'border', mean: [1, 0.5, 0], std: [1, 1, 1] });
    const out = fitTo(image(8, 2, new Uint8Array(48).fill(77)), p);
    expect([...out.data.subarray(0, 3)]).toEqual([255, 128, 0]);
    expect([...out.data.subarray(3 * 8 * 3, 3 * 8 * 3 + 3)]).toEqual([77, 77, 77]);
  });

  it('writes planes at an offset', () => {
    const out = new Float32Array(1 + 6);
    const table = normaliser({ mean: [0, 0, 0], std: [1, 1, 0.5] });
    normaliseInto(image(2, 1, Uint8Array.of(0, 51, 255, 255, 0, 0)), table, out, 1);
    expect([...out]).toEqual([0, 0, 1, Math.fround(0.2), 0, 2, 0]);
  });

  it('says what is wrong with a setting', () => {
    expect(() => preprocessing({ size: 0 })).toThrow(/preprocessing is not valid[\s\S]*size/);
    expect(() => preprocessing({ size: 8, cropPct: 1.2 })).toThrow(/cropPct/);
    expect(() => preprocessing({ size: 8, std: [1, 0, 1] })).toThrow(/std/);
  });
});
