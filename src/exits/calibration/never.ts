import { check } from '../../base/errors.ts';
import { assess } from '../policy/assess.ts';
import type { Policy } from '../policy/policy.ts';

/** Slightly less than what was measured: another runtime computes the same sum with another last digit. */
const SLACK = 1 - 1e-5;

/**
 * The rules that keep images of the classes `always` to the end. An early exit that names such a class is never believed; and, as
 * it may take such an image for something else, an image also stays from a certain probability of these classes on. That is set
 * so that of the labelled images whose true class is among them all stay but a share of `miss`. With the default, none, an image
 * of n such calibration images would leave early with a probability of at most 1 / (n + 1) (a rank among exchangeable images),
 * whatever the thresholds; a class of hardly recognisable defects thus keeps nearly everything.
 */
export function rulesFor(
  logits: readonly Float32Array[],
  labels: Int32Array,
  classes: number,
  always: readonly number[],
  miss = 0,
): Omit<Policy, 'thresholds'> {
  if (always.length === 0) return { always: [], suspicion: 1 };
  check(miss >= 0 && miss < 1, () => `the share of images that may be missed is 0 or more and below 1, got ${miss}`);
  const rows = [...labels.keys()].filter((i) => always.includes(labels[i]!));
  check(
    rows.length > 0,
    'none of the calibration images is of a class that must go to the end: nobody can say how early exits see it. ' +
      'Label some, or leave the rule away',
  );
  const early = logits.slice(0, -1).map((l) => assess(l, classes, always));
  const least = rows.map((i) => Math.min(...early.map((e) => e.suspicion[i]!))).sort((a, b) => a - b);
  const suspicion = least[Math.floor(miss * rows.length)]! * SLACK;
  return { always: [...always], suspicion: Math.min(1, suspicion) };
}
