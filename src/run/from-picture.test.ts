import { expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { image } from '../data/image.ts';
import { denormalised, preprocessing } from '../data/preprocess.ts';
import { begunFrom } from './from-picture.ts';

/** A picture whose pixels come from a function of column and row. */
function drawn(width: number, height: number, at: (x: number, y: number) => readonly [number, number, number]) {
  const out = image(width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out.data.set(at(x, y), 3 * (y * width + x));
  return out;
}
const white = [255, 255, 255] as const;
const black = [0, 0, 0] as const;

it('takes a picture of the right size as it is: every byte comes back', () => {
  const own = preprocessing({ size: [8, 32], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
  const picture = drawn(32, 8, (x, y) => [(8 * x + y) % 256, 255 - 8 * x, (x * y) % 256]);
  const { origin, fitted } = begunFrom({ picture }, own);
  expect(fitted.data).toEqual(picture.data);
  expect([origin.picture.shape, origin.mask, origin.strength]).toEqual([[3, 8, 32], undefined, 0.6]);
  const [back] = denormalised(f32([1, 3, 8, 32], origin.picture.data), own);
  expect(back!.data).toEqual(picture.data);
});

it('fits the mask as the picture; what is no part of the picture stays', () => {
  const bordered = preprocessing({ size: 16, cropMode: 'border', fill: [1, 1, 1] });
  const picture = drawn(64, 32, () => [9, 9, 9]);
  const mask = drawn(64, 32, (x) => (x < 32 ? white : black));
  const { origin } = begunFrom({ picture, mask }, bordered);
  expect(origin.strength).toBe(1);
  const rows = Array.from({ length: 16 }, (_, y) => origin.mask!.data.slice(16 * y, 16 * (y + 1)).join(''));
  const half = '1111111100000000';
  const none = '0'.repeat(16);
  expect(rows).toEqual([...Array(4).fill(none), ...Array(8).fill(half), ...Array(4).fill(none)]);
});

it('names both sizes where the mask is not as large as the picture', () => {
  const [picture, mask] = [drawn(20, 10, () => black), drawn(10, 20, () => white)];
  expect(() => begunFrom({ picture, mask }, preprocessing({ size: 8 }))).toThrow(
    /mask has 10×20 pixels, the picture 20×10: they must be equally large/,
  );
});
