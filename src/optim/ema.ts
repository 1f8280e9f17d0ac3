import { sharedLoops } from './fastest.ts';

/** Moves `average` towards `values`: average = decay · average + (1 − decay) · values, in place. */
export function emaUpdate(average: Float32Array, values: Float32Array, decay: number): void {
  sharedLoops().ema(average, values, [0, average.length], decay);
}

/** The decay after `updates` updates: short at first, so that the average forgets the random start (timm's warm-up). */
export function emaDecay(decay: number, updates: number): number {
  return Math.min(decay, (1 + updates) / (10 + updates));
}
