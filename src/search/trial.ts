import { z } from 'zod';
import { keyOf } from './space.ts';

/** One design, trained so long as its rung says: a line of the journal. */
export const trialSchema = z.strictObject({
  number: z.int().min(0),
  /** Which value of each choice. */
  design: z.array(z.int().min(0)),
  /** How deep it was judged; 0 is the shortest training. */
  rung: z.int().min(0),
  /** The task's leading figure on the validated pictures; null where it was not trained: too slow, too large, or impossible. */
  accuracy: z.number().nullable(),
  parameters: z.number().min(0),
  macs: z.number().min(0),
  /** Bytes for one picture; only where they are limited. */
  memory: z.number().min(0).optional(),
  /** For one picture, median; the mean of all pictures where some leave early; null where it was not timed. */
  ms: z.number().min(0).nullable(),
  /** Where pictures may leave early: for one that goes to the end, to which limits hold, and the share that leaves at each exit. */
  exits: z.object({ end: z.number().min(0), leaving: z.array(z.number().min(0).max(1)) }).optional(),
  /** What it took to find out. */
  seconds: z.number().min(0),
  /** Why it was not trained. */
  refused: z.string().optional(),
  /** Of an ablation: the number of the trial from whose design one choice was changed. */
  around: z.int().min(0).optional(),
});
export type Trial = z.output<typeof trialSchema>;

export type Timed = Trial & { readonly ms: number };
/** A trial that was trained. */
export type Judged = Timed & { readonly accuracy: number };

/** Milliseconds of a picture that goes to the end. */
export const toTheEnd = ({ ms, exits }: Timed): number => exits?.end ?? ms;

export const isTimed = (t: Trial): t is Timed => t.ms !== null;
export const isJudged = (t: Trial): t is Judged => t.accuracy !== null && isTimed(t);

/** Each design as it was judged deepest. */
function deepest(trials: readonly Trial[]): Judged[] {
  const best = new Map<string, Judged>();
  for (const t of trials.filter(isJudged)) {
    const before = best.get(keyOf(t.design));
    if (!before || t.rung > before.rung) best.set(keyOf(t.design), t);
  }
  return [...best.values()];
}

/**
 * How much accuracy a design gains from one rung to the next: the mean over designs that were trained on both; 0 where there is none.
 * `gains[r]` is from rung r to the deepest.
 */
function gains(trials: readonly Trial[], rungs: number): number[] {
  const of = new Map<string, number>();
  for (const t of trials.filter(isJudged)) of.set(`${keyOf(t.design)}/${t.rung}`, t.accuracy);
  const step = Array.from({ length: rungs - 1 }, (_, rung) => {
    const both = trials.flatMap((t) => {
      const deeper = of.get(`${keyOf(t.design)}/${rung + 1}`);
      return isJudged(t) && t.rung === rung && deeper !== undefined ? [deeper - t.accuracy] : [];
    });
    return both.length === 0 ? 0 : both.reduce((a, b) => a + b, 0) / both.length;
  });
  return Array.from({ length: rungs }, (_, r) => step.slice(r).reduce((a, b) => a + b, 0));
}

/** What each design would reach on the deepest rung, as far as is known: its own figure, and what others gained from there on. */
export function levelled(trials: readonly Trial[], rungs: number): Judged[] {
  const more = gains(trials, rungs);
  return deepest(trials).map((t) => ({ ...t, accuracy: Math.min(1, t.accuracy + more[t.rung]!) }));
}
