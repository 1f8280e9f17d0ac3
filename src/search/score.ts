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
  /** Bytes for one picture: its numbers, and the most of its values at once; only where they are limited. */
  readonly memory?: number | undefined;
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

const most = ['ms', 'parameters', 'macs', 'memory'] as const;

/** What a design must keep to (the indicator 1_r of the paper); what is left out is free. */
export const limitsSchema = z.strictObject({
  ms: z.number().positive().optional(),
  parameters: z.number().positive().optional(),
  macs: z.number().positive().optional(),
  /** Bytes. */
  memory: z.number().positive().optional(),
  /** The least that a design must reach, 0 … 1; all others are the most that it may take. */
  accuracy: z.number().gt(0).max(1).optional(),
});
export type Limits = z.output<typeof limitsSchema>;

/** Which limits are broken that can be known before a training, by name. */
export const brokenLimits = (m: Partial<Measures>, limits: Limits): string[] =>
  most.filter((name) => limits[name] !== undefined && (m[name] ?? 0) > limits[name]!);

/** Whether a design is as accurate as it must be. */
export const reachesFloor = ({ accuracy }: Pick<Measures, 'accuracy'>, limits: Limits): boolean =>
  accuracy >= (limits.accuracy ?? 0);

/** What the score loses for each unit of accuracy that is missing to the floor: more than anything else can bring. */
const PENALTY = 1000;

/** U with the floor as a penalty, so that a search that is below it finds its way up. */
export const scoreWithin = (m: Measures, weights: ScoreWeights, limits: Limits): number =>
  score(m, weights) - PENALTY * Math.max(0, (limits.accuracy ?? 0) - m.accuracy);
