import type { Image } from './image.ts';

/** Peak signal-to-noise ratio of bytes in dB; of equal pictures 100. */
export function psnrOf(a: Image, b: Image): number {
  const error = a.data.reduce((sum, v, i) => sum + (v - b.data[i]!) ** 2, 0) / a.data.length;
  return error === 0 ? 100 : 10 * Math.log10(255 ** 2 / error);
}
