import type { Colour } from './draw.ts';

/** Told apart by people with any colour vision, on photographs (after Okabe and Ito, 2008; brighter). */
const first: readonly Colour[] = [
  [255, 64, 64],
  [0, 190, 255],
  [255, 200, 0],
  [0, 220, 130],
  [255, 120, 220],
  [150, 110, 255],
  [255, 140, 0],
  [190, 230, 60],
];

/** The colour of class `index`; from the ninth on, hues a golden angle apart. */
export function classColour(index: number): Colour {
  const known = first[index];
  if (known) return known;
  const hue = (index * 137.508) % 360;
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (0.6 - 0.4 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
