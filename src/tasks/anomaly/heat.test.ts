import { describe, expect, it } from 'vitest';
import { image } from '../../data/image.ts';
import { drawHeat } from './draw.ts';
import { heatValues, shrinkHeat } from './heat.ts';

describe('a small heat map', () => {
  it('keeps the highest value of each cell, in steps of 1/64', () => {
    const map = Float32Array.from({ length: 200 * 100 }, (_, i) => (i === 150 * 100 + 40 ? 1.5 : 0.25));
    const heat = shrinkHeat(map, [200, 100]);
    expect(heat.size).toEqual([96, 48]);
    const values = heatValues(heat);
    expect(Math.max(...values)).toBe(1.5);
    expect(values.filter((v) => v === 1.5)).toHaveLength(1);
    expect(values.indexOf(1.5)).toBe(72 * 48 + 19);
    expect(Math.min(...values)).toBe(0.25);
    expect(() => heatValues({ size: [2, 2], values: heat.values })).toThrow(/4 values, got 4608/);
  });

  it('does not go beyond what it can hold', () => {
    expect([...heatValues(shrinkHeat(Float32Array.of(-1, 0, 100), [1, 3]))]).toEqual([0, 0, 255 / 64]);
  });
});

it('is drawn over its picture where it is warm, and nowhere else', () => {
  const picture = image(40, 20);
  const heat = shrinkHeat(
    Float32Array.from({ length: 800 }, (_, i) => (i % 40 >= 30 ? 2.5 : 0.2)),
    [20, 40],
  );
  drawHeat(picture, { size: [20, 40], score: 2, anomalous: true, at: [30, 0], heat });
  const pixel = (x: number, y: number) => [...picture.data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3)];
  expect(pixel(5, 10)).toEqual([0, 0, 0]);
  const [red, green] = pixel(38, 10);
  expect(red).toBeGreaterThan(100);
  expect(green).toBe(0);
  // A line where good pictures end.
  expect(Array.from({ length: 40 }, (_, x) => pixel(x, 10)).filter((p) => p.join() === '255,255,255')).toHaveLength(1);
});
