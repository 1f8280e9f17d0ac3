import { add, mul } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';
import { dropout, linear } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Logits of a distilled model (DeiT, Touvron et al. 2021): the mean of the classifiers `head` and `head_dist`, which timm gives
 * outside of distillation. [N, C] → [N, classes].
 */
export function twoHeads(s: Scope, pooled: Value, options: { classes: number; dropRate: number }): Value {
  const x = dropout(pooled, options.dropRate);
  const logits = (name: string) => s.in(name, (h) => linear(h, x, options.classes));
  return mul(add(logits('head'), logits('head_dist')), 0.5);
}
