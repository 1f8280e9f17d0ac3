import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import { type Image, image } from '../data/image.ts';
import { blur, expose, grain, shift, turn } from './disturb.ts';

const flat = (value: number, width = 16, height = 12): Image =>
  image(width, height, new Uint8Array(width * height * 3).fill(value));
const noisy = (width = 16, height = 12): Image => {
  const rng = random(3, 'picture');
  return image(
    width,
    height,
    Uint8Array.from({ length: width * height * 3 }, () => rng.below(256)),
  );
};
const rng = () => random(1, 'test');

describe('what a camera does to a picture', () => {
  it('a stop is twice the light, in sRGB', () => {
    // 18 % grey is 118 in sRGB; 36 % is 162, 9 % is 85.
    for (const [stops, value] of [
      [1, 162],
      [-1, 85],
      [0, 118],
    ] as const) {
      const picture = flat(118);
      expose(picture, stops);
      expect(Math.abs(picture.data[0]! - value)).toBeLessThanOrEqual(1);
    }
    const bright = flat(250);
    expose(bright, 1);
    expect(bright.data[0]).toBe(255);
  });

  it('blur leaves what is even, keeps the mean, and spreads a point as the Gaussian does', () => {
    const even = flat(77);
    blur(even, 0.02);
    expect(new Set(even.data)).toEqual(new Set([77]));
    const side = 51;
    const point = flat(0, side, side);
    point.data.fill(255, ((side * side) / 2 - 0.5) * 3, ((side * side) / 2 - 0.5) * 3 + 3);
    const sigma = 2;
    blur(point, sigma / side);
    const at = (x: number, y: number) => point.data[(y * side + x) * 3]!;
    const gauss = (d: number) => Math.exp(-(d ** 2) / (2 * sigma ** 2)) / (Math.sqrt(2 * Math.PI) * sigma);
    expect(Math.abs(at(25, 25) - 255 * gauss(0) ** 2)).toBeLessThan(1);
    expect(Math.abs(at(27, 25) - 255 * gauss(0) * gauss(2))).toBeLessThan(1);
    expect(at(25, 27)).toBe(at(27, 25));
  });

  it('noise has the deviation that was asked for, and is the same for the same picture', () => {
    const [a, b] = [flat(128, 64, 64), flat(128, 64, 64)];
    grain(a, 8, rng());
    grain(b, 8, rng());
    expect(a.data).toEqual(b.data);
    const mean = a.data.reduce((s, v) => s + v, 0) / a.data.length;
    const deviation = Math.sqrt(a.data.reduce((s, v) => s + (v - mean) ** 2, 0) / a.data.length);
    expect(Math.abs(mean - 128)).toBeLessThan(0.5);
    expect(Math.abs(deviation - 8)).toBeLessThan(0.3);
  });

  it('a shift by whole pixels moves them, and repeats the border', () => {
    const before = noisy(20, 10);
    const after = { ...before, data: before.data.slice() };
    shift(after, 0.1, rng());
    const pixel = ({ data, width }: Image, x: number, y: number) => data[(y * width + x) * 3]!;
    const clamp = (v: number, n: number) => Math.max(0, Math.min(n - 1, v));
    const fits = [-2, 2]
      .flatMap((dx) => [-1, 1].map((dy) => [dx, dy] as const))
      .filter(([dx, dy]) =>
        Array.from({ length: 200 }, (_, i) => [i % 20, Math.floor(i / 20)] as const).every(
          ([x, y]) => pixel(after, x, y) === pixel(before, clamp(x + dx, 20), clamp(y + dy, 10)),
        ),
      );
    expect(fits).toHaveLength(1);
  });

  it('a turn keeps the middle, and nothing grey comes in from outside', () => {
    const white = flat(255, 31, 31);
    turn(white, 10, rng());
    expect(new Set(white.data)).toEqual(new Set([255]));
    const picture = noisy(31, 31);
    const middle = picture.data[(15 * 31 + 15) * 3];
    turn(picture, 10, rng());
    expect(Math.abs(picture.data[(15 * 31 + 15) * 3]! - middle!)).toBeLessThanOrEqual(1);
  });

  it('never leaves the bytes, whatever the picture', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 108, maxLength: 108 }), fc.integer({ min: 0, max: 4 }), (data, kind) => {
        const picture = image(6, 6, data.slice());
        const apply = [
          () => expose(picture, 1),
          () => blur(picture, 0.1),
          () => grain(picture, 16, rng()),
          () => turn(picture, 10, rng()),
          () => shift(picture, 0.2, rng()),
        ][kind]!;
        apply();
        const [least, most] = [Math.min(...data), Math.max(...data)];
        // What only moves or mixes pixels stays between the darkest and the lightest.
        if (kind === 1 || kind > 2) for (const v of picture.data) expect(v >= least - 1 && v <= most + 1).toBe(true);
        expect(picture.data).toHaveLength(108);
      }),
      { numRuns: 60 },
    );
  });
});
