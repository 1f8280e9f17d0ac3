import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { image } from '../image.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from '../testing/fixture.ts';
import { filters, resample, resize } from './resize.ts';

interface Recording {
  cases: {
    filter: 'bilinear' | 'bicubic' | 'lanczos';
    source: RecordedImage;
    box: [number, number, number, number] | null;
    result: RecordedImage;
  }[];
}

describe('resample', () => {
  const { cases } = fixture<Recording>('resize.json');
  for (const { filter, source, box, result } of cases) {
    const name = `${source.width}×${source.height}${box ? ` [${box}]` : ''} → ${result.width}×${result.height}`;
    it(`gives Pillow's bytes: ${filter} ${name}`, () => {
      const crop = box && { x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1] };
      const got = resample(recorded(source), {
        width: result.width,
        height: result.height,
        filter,
        box: crop ?? undefined,
      });
      expect(largestDifference(got.data, recorded(result).data)).toBe(0);
    });
  }

  const anyImage = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
    .chain(([w, h]) =>
      fc.uint8Array({ minLength: w * h * 3, maxLength: w * h * 3 }).map((data) => image(w, h, Uint8Array.from(data))),
    );
  const side = fc.integer({ min: 1, max: 20 });

  it('computes a window exactly as the same part of the whole', () => {
    fc.assert(
      fc.property(
        anyImage,
        side,
        side,
        fc.constantFrom(...filters),
        fc.nat(),
        fc.nat(),
        (src, width, height, f, a, b) => {
          const x = a % width;
          const y = b % height;
          const window = { x, y, width: width - x, height: height - y };
          const whole = resample(src, { width, height, filter: f });
          const part = resample(src, { width, height, filter: f, window });
          for (let row = 0; row < window.height; row++) {
            const start = ((y + row) * width + x) * 3;
            const expected = whole.data.subarray(start, start + window.width * 3);
            expect(part.data.subarray(row * window.width * 3, (row + 1) * window.width * 3)).toEqual(expected);
          }
        },
      ),
    );
  });

  it('keeps a plain colour plain and an unchanged size unchanged', () => {
    fc.assert(
      fc.property(anyImage, side, side, fc.constantFrom(...filters), fc.nat(255), (src, width, height, f, v) => {
        expect(resize(src, src.width, src.height, f).data).toEqual(src.data);
        const plain = image(src.width, src.height, new Uint8Array(src.data.length).fill(v));
        expect(new Set(resize(plain, width, height, f).data)).toEqual(new Set([v]));
      }),
    );
  });

  it('refuses a crop outside the picture', () => {
    expect(() =>
      resample(image(4, 4), { width: 2, height: 2, filter: 'bilinear', box: { x: 2, y: 0, width: 3, height: 4 } }),
    ).toThrow(/crop 3×4 at \(2, 0\) does not lie inside 4×4/);
  });
});
