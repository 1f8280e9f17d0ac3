/** A learning-rate schedule over update steps. */
export interface Schedule {
  readonly base: number;
  /** Final rate. */
  readonly min: number;
  readonly warmup: number;
  readonly total: number;
}

/** Linear warm-up, then half a cosine down to `min` (Loshchilov & Hutter 2017). `step` counts from 0. */
export function learningRate({ base, min, warmup, total }: Schedule, step: number): number {
  if (step < warmup) return (base * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return min + 0.5 * (base - min) * (1 + Math.cos(Math.PI * progress));
}
