import { readFileSync } from 'node:fs';
import { type Image, image } from '../image.ts';

/** For tests: a recorded fixture of this room, by its file name. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

/** A picture as the Python scripts record it: base64 of the RGB bytes. */
export interface RecordedImage {
  width: number;
  height: number;
  data: string;
}

export function recorded(source: RecordedImage): Image {
  return image(source.width, source.height, new Uint8Array(Buffer.from(source.data, 'base64')));
}

/** The largest difference between two equally long byte arrays. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
