import fc from 'fast-check';
import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { mask } from '../../data/geometry/mask.ts';
import { maskOfTarget, type SegmentTarget, segmentTarget, targetOfMask } from './target.ts';

it('a stored target of segmentation is plain JSON, and checked', () => {
  const target: SegmentTarget = targetOfMask(mask(3, 2, new Uint8Array([0, 1, 1, 0, 255, 1])));
  expect(target.size).toEqual([2, 3]);
  expect(target.parts.map(({ label }) => label)).toEqual([1, 255]);
  expect(segmentTarget.parse(JSON.parse(JSON.stringify(target)))).toEqual(target);
  expectTypeOf<z.infer<typeof segmentTarget>>().toExtend<SegmentTarget>();
  expect(() => segmentTarget.parse({ size: [0, 3], parts: [] })).toThrow();
  expect(() => maskOfTarget({ size: [2, 2], parts: target.parts })).toThrow(/runs of 4 pixels together, got 6/);
});

it('holds the class of every pixel', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.gen(), (width, height, g) => {
      const indices = Array.from({ length: width * height }, () => g(fc.constantFrom, 0, 1, 2, 255));
      const source = mask(width, height, new Uint8Array(indices));
      expect(maskOfTarget(targetOfMask(source))).toEqual(source);
    }),
  );
});
