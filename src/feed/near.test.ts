import { expect, it } from 'vitest';
import { image } from '../data/image.ts';
import { picture } from '../data/testing/folder.ts';
import { meanColour, nearGroups, smallGrey } from './near.ts';

/** The picture with every byte a little brighter or darker. */
function again(source: ReturnType<typeof picture>, by: number) {
  return image(
    source.width,
    source.height,
    source.data.map((v, i) => Math.max(0, Math.min(255, v + (i % 3 === 0 ? by : -by)))),
  );
}

it('nearGroups joins what is nearly equal, through others too, and nothing else', () => {
  const [a, b] = [picture(1, 40, 30), picture(2, 40, 30)];
  const all = [a, b, again(a, 1), picture(3, 40, 30), again(b, 1), again(a, -1)];
  expect(nearGroups(all.map(smallGrey))).toEqual([0, 1, 0, 3, 1, 0]);
  const many = Array.from({ length: 60 }, (_, i) => smallGrey(picture(i, 24, 20)));
  expect(nearGroups(many)).toEqual(many.map((_, i) => i));
});

it('flat pictures are nearly equal only where they are equal', () => {
  const flat = (v: number) => smallGrey(image(20, 20, new Uint8Array(1200).fill(v)));
  expect(nearGroups([flat(10), flat(11), flat(10)])).toEqual([0, 1, 0]);
});

it('smallGrey averages cells, of pictures smaller than them too', () => {
  const half = image(
    32,
    32,
    new Uint8Array(32 * 32 * 3).map((_, i) => (Math.floor(i / 3) % 32 < 16 ? 200 : 0)),
  );
  expect([...smallGrey(half).subarray(6, 10)]).toEqual([200, 200, 0, 0]);
  expect(smallGrey(image(1, 1, new Uint8Array([9, 9, 9])))).toEqual(new Uint8Array(256).fill(9));
});

it('compares each with a bounded number of others', () => {
  const [first, ...rest] = Array.from({ length: 3000 }, (_, i) =>
    Uint8Array.from({ length: 256 }, (_, k) => (i * 7919 + k * k * ((i % 97) + 1)) % 251),
  );
  expect(nearGroups([first!, ...rest, first!]).at(-1)).toBe(0);
});

it('pictures of one brightness and another colour are not the same', () => {
  const grey = image(
    16,
    16,
    new Uint8Array(768).map((_, i) => Math.floor(i / 3) % 200),
  );
  const shifted = image(
    16,
    16,
    // As bright: 30 more of red against 15.3 less of green.
    grey.data.map((v, i) => (i % 3 === 0 ? v + 30 : i % 3 === 1 ? Math.max(0, v - 15) : v)),
  );
  const two = [grey, shifted];
  expect(meanColour(grey)[0]).toBeLessThan(meanColour(shifted)[0] - 20);
  expect(nearGroups(two.map(smallGrey))).toEqual([0, 0]);
  expect(nearGroups(two.map(smallGrey), two.map(meanColour))).toEqual([0, 1]);
});
