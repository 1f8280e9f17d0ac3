import { check } from '../../base/errors.ts';
import { type Mask, mask } from './mask.ts';
import type { Size } from './placement.ts';

/**
 * A binary mask as COCO stores it: lengths of runs of 0 and 1 in turn, beginning with 0, down the columns from left to right; as numbers, or
 * packed in a string (pycocotools' "compressed" form).
 */
export interface Rle {
  readonly size: Size;
  readonly counts: readonly number[] | string;
}

/**
 * The run lengths of an RLE, of either form.
 * @throws YosegiError when they are not whole numbers that make up the size
 */
export function runsOf({ size: [height, width], counts }: Rle): readonly number[] {
  const runs = typeof counts === 'string' ? unpack(counts) : counts;
  let sum = 0;
  for (const run of runs) {
    check(Number.isInteger(run) && run >= 0, () => `the run lengths of an RLE are whole numbers from 0 on, got ${run}`);
    sum += run;
  }
  check(
    sum === height * width,
    () =>
      `an RLE of ${width}×${height} has runs of ${width * height} pixels together, got ${sum}; is its size [height, width]?`,
  );
  return runs;
}

/** Unpacks pycocotools' string: six-bit characters from '0' on, five bits each, lowest first; from the third on, less the run two before. */
function unpack(text: string): number[] {
  const runs: number[] = [];
  let at = 0;
  while (at < text.length) {
    let value = 0;
    let bits = 0;
    for (;;) {
      const c = text.charCodeAt(at) - 48;
      check(
        c >= 0 && c < 64,
        () => `an RLE string ends in the middle of a number or holds '${text[at] ?? ''}', at character ${at}`,
      );
      at++;
      value += (c & 31) * 2 ** bits;
      bits += 5;
      if (c & 32) continue;
      if (c & 16) value -= 2 ** bits;
      break;
    }
    if (runs.length > 2) value += runs.at(-2)!;
    runs.push(value);
  }
  return runs;
}

/** Run lengths as pycocotools' string. */
export function packRuns(runs: readonly number[]): string {
  let text = '';
  runs.forEach((run, i) => {
    let value = i > 2 ? run - runs[i - 2]! : run;
    for (;;) {
      const low = value & 31;
      value >>= 5;
      const last = value === (low & 16 ? -1 : 0);
      text += String.fromCharCode(48 + low + (last ? 0 : 32));
      if (last) break;
    }
  });
  return text;
}

/** The pixels of `source` that hold `index`, as run lengths. */
export function rleOf(source: Mask, index = 1): { size: Size; counts: number[] } {
  const { width, height, data } = source;
  const counts: number[] = [];
  let run = 0;
  let on = false;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const is = data[y * width + x] === index;
      if (is !== on) {
        counts.push(run);
        run = 0;
        on = is;
      }
      run++;
    }
  }
  counts.push(run);
  return { size: [height, width], counts };
}

/**
 * Writes `index` where the RLE is 1.
 * @throws YosegiError when it is of another size than the mask, or not valid
 */
export function paintRle(target: Mask, rle: Rle, index: number): void {
  const [height, width] = rle.size;
  check(
    height === target.height && width === target.width,
    () => `an RLE of ${width}×${height} does not fit a mask of ${target.width}×${target.height}`,
  );
  let at = 0;
  runsOf(rle).forEach((run, i) => {
    if (i % 2 === 1) {
      for (let k = at; k < at + run; k++) target.data[(k % height) * width + Math.floor(k / height)] = index;
    }
    at += run;
  });
}

/** The RLE as a mask of 0 and 1. @throws YosegiError when it is not valid */
export function maskOfRle(rle: Rle): Mask {
  const out = mask(rle.size[1], rle.size[0]);
  paintRle(out, rle, 1);
  return out;
}
