import { z } from 'zod';

/** What is known of a design: measured, or expected. */
export interface Measures {
  /** Share of the validated pictures that are right, or the task's leading figure, 0 … 1. */
  readonly accuracy: number;
  readonly parameters: number;
  /** Multiply-adds for one picture. */
  readonly macs: number;
  /** For one picture on this machine. */
  readonly ms: number;
}

/**
 * Exponents of the score, NetScore's with one for the latency (Wong, arXiv 1806.05512; as recalled, papers/turbovit.md §2.1). NetScore's own
 * are accuracy 2, parameters 0.5, macs 0.5. The default asks for accuracy within the limits, and takes the faster of two alike.
 */
export const weightsSchema = z.strictObject({
  accuracy: z.number().min(0).default(2),
  parameters: z.number().min(0).default(0),
  macs: z.number().min(0).default(0),
  ms: z.number().min(0).default(0.1),
});
export type ScoreWeights = z.output<typeof weightsSchema>;

/** U: 20 · log10 of a^α / (p^β · m^γ · l^δ), with accuracy in %, parameters and multiply-adds in millions, milliseconds. */
export function score({ accuracy, parameters, macs, ms }: Measures, w: ScoreWeights): number {
  const log = (x: number) => Math.log10(Math.max(x, 1e-9));
  return (
    20 *
    (w.accuracy * log(100 * accuracy) -
      w.parameters * log(parameters / 1e6) -
      w.macs * log(macs / 1e6) -
      w.ms * log(ms))
  );
}

/** What a design must keep to (the indicator 1_r of the paper); what is left out is free. */
export const limitsSchema = z.strictObject({
  ms: z.number().positive().optional(),
  parameters: z.number().positive().optional(),
  macs: z.number().positive().optional(),
});
export type Limits = z.output<typeof limitsSchema>;

/** Which limits are broken, by name. */
export const brokenLimits = (m: Partial<Measures>, limits: Limits): string[] =>
  (['ms', 'parameters', 'macs'] as const).filter(
    (name) => limits[name] !== undefined && (m[name] ?? 0) > limits[name]!,
  );
