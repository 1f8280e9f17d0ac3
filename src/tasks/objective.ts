import type { Dim } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';

/** What is minimised, and what else a step should give back. Values of the graph as it was built. */
export interface Objective {
  readonly loss: Value;
  readonly outputs?: Readonly<Record<string, Value>>;
  /** Inputs of the graph that the host draws anew for every step. */
  readonly draws?: readonly Draw[];
}

/** Random numbers that a step asks for: drawn on the host from the one seed, fed as an input. */
export interface Draw {
  /** The input's name. */
  readonly name: string;
  readonly shape: readonly Dim[];
  readonly from: Distribution;
}

export type Distribution =
  /** 0 with probability `rate`, else 1 / (1 − rate). */
  | { readonly kind: 'mask'; readonly rate: number }
  /** Standard normal. */
  | { readonly kind: 'normal' }
  /** Uniform in [0, 1). */
  | { readonly kind: 'uniform' };
