import { check } from '../../base/errors.ts';
import { add, mul } from '../../graph/build.ts';
import { apply1 } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';
import { divergence } from '../divergence.ts';
import { crossEntropy } from './cross-entropy.ts';

/** How a model with early exits is trained. */
export interface ExitsLoss {
  /** Of each exit's cross-entropy, in the exits' order. */
  readonly weights: readonly number[];
  /** Weight of what every exit but the last learns from the last; 0 for none. */
  readonly distillation: number;
  /** Softens both distributions in the distillation. */
  readonly temperature: number;
}

/** Dynamic Perceiver's released recipes (README of the official code): both latent exits count half. */
export const dynamicPerceiverLoss: ExitsLoss = { weights: [0.5, 0.5, 1, 1], distillation: 0.5, temperature: 1 };

/**
 * Weighted cross-entropies of all exits' logits [N, classes] against soft targets [N, classes], and self-distillation: the
 * divergence of each exit from the last one, through which the last one learns nothing (Han et al. 2023; its code's engine).
 */
export function exitsLoss(exits: readonly Value[], targets: Value, recipe: ExitsLoss = dynamicPerceiverLoss): Value {
  const { weights, distillation, temperature } = recipe;
  check(
    weights.length === exits.length,
    `a model with ${exits.length} exits needs as many weights in its loss, got [${weights}]`,
  );
  check(temperature > 0, `the temperature must be above 0, got ${temperature}`);
  const teacher = apply1('StopGradient', [exits.at(-1)!]);
  const terms = exits.map((logits, i) => mul(crossEntropy(logits, targets), weights[i]!));
  if (distillation > 0)
    for (const logits of exits.slice(0, -1))
      terms.push(mul(divergence(teacher, logits, temperature), distillation * temperature ** 2));
  return terms.reduce((a, b) => add(a, b));
}
