import { random } from '../../../base/random.ts';
import type { Choice, Design } from '../../space.ts';

/** For tests: a space with a truth, which costs nothing to find out. */
export const choices: readonly Choice[] = Array.from({ length: 8 }, (_, i) => ({
  name: `choice ${i}`,
  values: [0, 1, 2, 3],
}));

export const rungs = [1, 3];

/** What a design is worth after so many epochs; between 0 and 1. */
export const worth = (design: Design, epochs: number): number =>
  design.reduce((sum, v, i) => sum + random(11, 'worth', i, v).uniform(), 0) / design.length - 0.2 / epochs;

/** A queue in tests: its leases end soon. */
export const SOON = { lasts: 400, beat: 60 };
