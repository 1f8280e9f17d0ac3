import { check } from '../../base/errors.ts';
import { NEVER } from '../policy/policy.ts';
import type { ExitTable } from './table.ts';

/** Dynamic Perceiver's factors for four exits, which use the third less: it is weak for what it costs. */
const factors: readonly number[] = [0.85, 1, 0.5, 1];

/** The 33 bases of the published search, 0.2 … 4 (papers/dynamic-perceiver.md §7.2). */
export const publishedBases: readonly number[] = Array.from({ length: 33 }, (_, i) =>
  i <= 16 ? (i + 4) / 20 : 20 / (37 - i),
);

/**
 * The published shares of images that leave at each exit (MSDNet, Huang et al. 2018; rescaled as in Dynamic Perceiver): the k-th
 * exit's is proportional to base^k; with four exits each is then multiplied by its factor, one after another, the exits behind it
 * taking up what is left.
 */
export function publishedShares(base: number, exits: number): number[] {
  check(base > 0 && exits >= 2, () => `shares need a positive base and two exits, got ${base} and ${exits}`);
  const raw = Array.from({ length: exits }, (_, k) => base ** (k + 1));
  const total = raw.reduce((a, b) => a + b, 0);
  const shares = raw.map((q) => q / total);
  if (exits !== factors.length) return shares;
  for (let j = 0; j < exits - 1; j++) {
    shares[j]! *= factors[j]!;
    const taken = shares.slice(0, j + 1).reduce((a, b) => a + b, 0);
    const behind = shares.slice(j + 1).reduce((a, b) => a + b, 0);
    for (let k = j + 1; k < exits; k++) shares[k]! *= (1 - taken) / behind;
  }
  return shares;
}

/**
 * Thresholds that let these shares leave: at each exit in turn the confidence of the ⌊n·share⌋-th of the surest images that have
 * not left before (§7.2, step 4).
 */
export function thresholdsForShares(table: ExitTable, shares: readonly number[]): number[] {
  let staying = Array.from({ length: table.images }, (_, i) => i);
  const n = staying.length;
  return Array.from({ length: table.exits - 1 }, (_, k) => {
    const confidence = table.confidence[k]!;
    const sorted = staying.map((i) => confidence[i]!).filter((c) => c >= 0);
    sorted.sort((a, b) => b - a);
    const threshold = sorted[Math.min(sorted.length, Math.floor(n * shares[k]!)) - 1] ?? NEVER;
    staying = staying.filter((i) => confidence[i]! < threshold);
    return threshold;
  });
}
