import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { type Image, image } from '../image.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from '../testing/fixture.ts';
import { affine, rotate } from './affine.ts';
import { brightness, contrast, hue, saturation, sharpness } from './colour.ts';
import { applyOp, opNames } from './ops.ts';
import { autoContrast, equalize, invert, posterize, solarize, solarizeAdd } from './tone.ts';

interface Recording {
  source: RecordedImage;
  cases: { op: keyof typeof ours; argument: number; result: RecordedImage }[];
}

const ours = {
  autoContrast,
  equalize,
  invert,
  posterize,
  solarize,
  solarizeAdd,
  brightness,
  contrast,
  saturation,
  sharpness,
  hue,
  rotate,
  shearX: (p: Image, f: number) => affine(p, [1, f, 0, 0, 1, 0]),
  shearY: (p: Image, f: number) => affine(p, [1, 0, 0, f, 1, 0]),
  translateX: (p: Image, f: number) => affine(p, [1, 0, f * p.width, 0, 1, 0]),
  translateY: (p: Image, f: number) => affine(p, [1, 0, 0, 0, 1, f * p.height]),
};

// Pillow turns the hue in 8-bit HSV; ours does not lose those steps.
const tolerance: Partial<Record<keyof typeof ours, number>> = { hue: 9 };

describe('augmentation operations', () => {
  const { source, cases } = fixture<Recording>('ops.json');
  for (const { op, argument, result } of cases) {
    it(`does what Pillow does: ${op} ${argument ?? ''}`, () => {
      const picture = recorded(source);
      ours[op](picture, argument);
      expect(largestDifference(picture.data, recorded(result).data)).toBeLessThanOrEqual(tolerance[op] ?? 0);
    });
  }

  it('run on any picture at any level, the same way for the same stream', () => {
    const anyImage = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([w, h]) =>
        fc.uint8Array({ minLength: w * h * 3, maxLength: w * h * 3 }).map((data) => image(w, h, data)),
      );
    fc.assert(
      fc.property(
        anyImage,
        fc.constantFrom(...opNames),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (src, op, level) => {
          const [a, b] = [
            image(src.width, src.height, src.data.slice()),
            image(src.width, src.height, src.data.slice()),
          ];
          applyOp(op, a, level, random(1, 'op'));
          applyOp(op, b, level, random(1, 'op'));
          expect(a.data).toEqual(b.data);
        },
      ),
      { numRuns: 300 },
    );
  });
});
