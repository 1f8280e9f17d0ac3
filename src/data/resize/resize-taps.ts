import { BITS } from './resize-passes.ts';

/** The resampling filters, named as Pillow and timm name them. */
export type Filter = 'bilinear' | 'bicubic' | 'lanczos';

export const filters: readonly Filter[] = ['bilinear', 'bicubic', 'lanczos'];

const kernels: Record<Filter, { support: number; at(x: number): number }> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys' cubic convolution with a = -0.5.
  bicubic: {
    support: 2,
    at(x) {
      const t = Math.abs(x);
      if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
      return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    },
  },
  lanczos: { support: 3, at: (x) => (x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** For each output position: the first input position and the fixed-point weights of the `size` inputs from there on. */
export interface Taps {
  readonly size: number;
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/** Taps made before: crops of one data set come in few sizes. */
const known = new Map<string, Taps>();
const MOST_KNOWN = 512;
const LONGEST_KNOWN = 512;

/** The taps for `tapsOf`'s arguments, remembered while they are short and few. */
export function taps(from: number, to: number, filter: Filter, start: number, length: number): Taps {
  if (length > LONGEST_KNOWN) return tapsOf(from, to, filter, start, length);
  const key = `${from} ${to} ${filter} ${start} ${length}`;
  let made = known.get(key);
  if (!made) {
    if (known.size >= MOST_KNOWN) known.clear();
    made = tapsOf(from, to, filter, start, length);
    known.set(key, made);
  }
  return made;
}

/** Taps that shrink or stretch `from` pixels to `to`, for the output positions start … start + length - 1. */
function tapsOf(from: number, to: number, filter: Filter, start: number, length: number): Taps {
  if (from === to) {
    const first = Int32Array.from({ length }, (_, i) => start + i);
    return { size: 1, first, weights: new Int32Array(length).fill(1 << BITS) };
  }
  const kernel = kernels[filter];
  const scale = from / to;
  const spread = Math.max(1, scale);
  const support = kernel.support * spread;
  // As many taps for every position, a multiple of four where the source is wide enough: the passes unroll by four.
  const size = Math.min(from, Math.ceil(Math.ceil(support * 2) / 4) * 4);
  const first = new Int32Array(length);
  const weights = new Int32Array(length * size);
  const exact = new Float64Array(Math.ceil(support) * 2 + 1);
  for (let i = 0; i < length; i++) {
    const centre = (start + i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - low;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const w = kernel.at((k + low - centre + 0.5) / spread);
      exact[k] = w;
      sum += w;
    }
    const begin = Math.min(low, from - size);
    first[i] = begin;
    for (let k = 0; k < count; k++) {
      const w = (exact[k]! / sum) * 2 ** BITS;
      weights[i * size + low - begin + k] = w < 0 ? w - 0.5 : w + 0.5;
    }
  }
  return { size, first, weights };
}

/** The first input position that any tap reads, and how many are read from there. */
export function extent(taps: Taps): [number, number] {
  const first = taps.first[0]!;
  return [first, taps.first.at(-1)! + taps.size - first];
}
