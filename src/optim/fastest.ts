import { type Loops, type MakeLoops, plainLoops } from './loops.ts';
import { simdLoops } from './simd/loops.ts';

/** The fastest loops that run here. */
export const fastestLoops: MakeLoops<Loops> = (arrays, length) =>
  simdLoops(arrays, length) ?? plainLoops(arrays, length);

let shared: Loops | undefined;

/** The same for arrays that lie elsewhere. */
export function sharedLoops(): Loops {
  shared ??= fastestLoops(0, 0);
  return shared;
}
