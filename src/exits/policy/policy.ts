import { z } from 'zod';
import { check } from '../../base/errors.ts';
import type { Assessed } from './assess.ts';

/** A threshold that no confidence reaches: nobody leaves there. */
export const NEVER = 2;

/** When an image may leave: at the first exit that is sure enough and sees nothing that must go to the end. */
export const policySchema = z.strictObject({
  /** For each exit but the last, the confidence from which on an image leaves; above 1 nobody does. */
  thresholds: z.array(z.number().min(0).max(NEVER)).min(1),
  /** Classes that are only ever reported by the last exit. */
  always: z.array(z.int().min(0)),
  /** An image stays from this probability of all `always` classes together on, whatever else is predicted; 1 for no such rule. */
  suspicion: z.number().min(0).max(1),
});
export type Policy = z.infer<typeof policySchema>;

/** The policy under which every image goes to the end. */
export const toTheEnd = (exits: number): Policy => leaveAt(exits, exits - 1);

/** The policy under which every image leaves at exit `k`. */
export const leaveAt = (exits: number, k: number): Policy => ({
  thresholds: Array.from({ length: exits - 1 }, (_, i) => (i === k ? 0 : NEVER)),
  always: [],
  suspicion: 1,
});

/** Whether row `i` of what exit `k` said leaves there. The last exit lets everything leave. */
export function leaves(policy: Policy, k: number, said: Assessed, i: number): boolean {
  const threshold = policy.thresholds[k];
  if (threshold === undefined) return true;
  return said.confidence[i]! >= threshold && mayLeave(policy, said, i);
}

/** The same without the threshold: whether the rules about classes let it go. */
export function mayLeave({ always, suspicion }: Omit<Policy, 'thresholds'>, said: Assessed, i: number): boolean {
  if (always.length === 0) return true;
  return !always.includes(said.predicted[i]!) && said.suspicion[i]! < suspicion;
}

/** The exit at which row `i` leaves, given what each of them said. */
export const exitUnder = (policy: Policy, said: readonly Assessed[], i: number): number =>
  said.findIndex((s, k) => leaves(policy, k, s, i));

/** Throws unless the policy fits a model with this many exits and classes. */
export function checkPolicy({ thresholds, always }: Policy, exits: number, classes: number): void {
  check(
    thresholds.length === exits - 1,
    () => `a policy for ${exits} exits has ${exits - 1} thresholds, this one ${thresholds.length}`,
  );
  check(
    always.every((c) => c < classes),
    () => `the policy names class ${Math.max(...always)}, the model has ${classes}`,
  );
}
