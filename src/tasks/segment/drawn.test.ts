import { describe, expect, it } from 'vitest';
import { maskOfRle } from '../../data/geometry/rle.ts';
import { drawMistakes } from './drawn.ts';

const cells = ({ size, ...runs }: ReturnType<typeof drawMistakes>) =>
  Object.fromEntries(Object.entries(runs).map(([kind, counts]) => [kind, [...maskOfRle({ size, counts }).data]]));

describe('drawMistakes', () => {
  it('tells what is right, missed and wrong, another class being wrong and what does not count nothing', () => {
    const drawn = drawMistakes(Uint8Array.of(0, 1, 1, 0, 2, 255), [0, 1, 0, 1, 1, 1], [2, 3]);
    expect(drawn.size).toEqual([2, 3]);
    expect(cells(drawn)).toEqual({
      right: [0, 1, 0, 0, 0, 0],
      missed: [0, 0, 1, 0, 0, 0],
      wrong: [0, 0, 0, 1, 1, 0],
    });
  });

  it('loses no single pixel of a large picture', () => {
    const [height, width] = [100, 1600];
    const truth = new Uint8Array(height * width);
    truth[50 * width + 801] = 1;
    const drawn = drawMistakes(truth, new Uint8Array(truth.length), [height, width]);
    expect(drawn.size).toEqual([16, 256]);
    const { missed, right, wrong } = cells(drawn);
    expect(missed!.flatMap((on, i) => (on ? i : []))).toEqual([8 * 256 + 128]);
    expect([...right!, ...wrong!].some(Boolean)).toBe(false);
  });
});
