import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { type DetectTarget, detectTarget } from './target.ts';

it('a stored target of detection is plain JSON, and checked', () => {
  const target: DetectTarget = { objects: [{ label: 1, box: [0.5, 2, 9, 8], crowd: true }] };
  expect(detectTarget.parse(JSON.parse(JSON.stringify(target)))).toEqual(target);
  expect(detectTarget.parse({ objects: [] })).toEqual({ objects: [] });
  expectTypeOf<z.infer<typeof detectTarget>>().toExtend<DetectTarget>();
  expect(() => detectTarget.parse({ objects: [{ label: 0, box: [5, 0, 5, 4] }] })).toThrow(/has an area/);
  expect(() => detectTarget.parse({ objects: [{ label: -1, box: [0, 0, 5, 4] }] })).toThrow();
  expect(() => detectTarget.parse({ objects: [{ label: 0, box: [0, 0, 5] }] })).toThrow();
});
