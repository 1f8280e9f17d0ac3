import type { Image } from '../image.ts';
import { lookUp, tableOf } from './colour.ts';

/* Tone operations by table, in place, with the arithmetic of Pillow's ImageOps. */

/** A table for each channel from its histogram; null leaves the channel as it is. */
function perChannel({ data }: Image, decide: (histogram: Uint32Array) => Uint8Array | null): void {
  for (let c = 0; c < 3; c++) {
    const histogram = new Uint32Array(256);
    for (let i = c; i < data.length; i += 3) {
      const v = data[i]!;
      histogram[v] = histogram[v]! + 1;
    }
    const table = decide(histogram);
    if (table) for (let i = c; i < data.length; i += 3) data[i] = table[data[i]!]!;
  }
}

/** Stretches each channel to the full range 0 … 255. */
export function autoContrast(picture: Image): void {
  perChannel(picture, (histogram) => {
    const low = histogram.findIndex((n) => n > 0);
    const high = histogram.findLastIndex((n) => n > 0);
    if (high <= low) return null;
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return tableOf((v) => Math.max(0, Math.min(255, Math.trunc(v * scale + offset))));
  });
}

/** Evens out the histogram of each channel. */
export function equalize(picture: Image): void {
  perChannel(picture, (histogram) => {
    const used = histogram.filter((n) => n > 0);
    const step = Math.floor((used.reduce((a, b) => a + b, 0) - used.at(-1)!) / 255);
    if (used.length <= 1 || step === 0) return null;
    let n = Math.floor(step / 2);
    const table = new Uint8Array(256);
    for (let v = 0; v < 256; v++) {
      table[v] = Math.min(255, Math.floor(n / step));
      n += histogram[v]!;
    }
    return table;
  });
}

/** The negative. */
export function invert(picture: Image): void {
  lookUp(
    picture,
    tableOf((v) => 255 - v),
  );
}

/** Keeps the `bits` highest bits of each value. */
export function posterize(picture: Image, bits: number): void {
  const mask = (0xff << (8 - bits)) & 0xff;
  lookUp(
    picture,
    tableOf((v) => v & mask),
  );
}

/** The negative of all values from `threshold` on. */
export function solarize(picture: Image, threshold: number): void {
  lookUp(
    picture,
    tableOf((v) => (v < threshold ? v : 255 - v)),
  );
}

/** Adds `amount` to the values below 128. */
export function solarizeAdd(picture: Image, amount: number): void {
  lookUp(
    picture,
    tableOf((v) => (v < 128 ? Math.min(255, v + amount) : v)),
  );
}
