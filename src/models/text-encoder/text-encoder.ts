import { div, mul, reduceSum, reshape } from '../../graph/build.ts';
import type { Value } from '../../graph/value.ts';

/** How a caption comes to a network that looks at pictures: at most `length` tokens of `width` numbers. */
export interface TextShape {
  readonly length: number;
  readonly width: number;
}

/** What an encoder makes of captions. */
export interface ReadText {
  /** [N, length, width] */
  readonly tokens: Value;
  /** [N, width]: the caption as a whole. */
  readonly pooled: Value;
}

/**
 * Reads captions: int64 [N, length], the tokens' numbers, and a mask [N, length] that is 1 where a token is. Calling it twice gives the same
 * parameters.
 */
export type TextEncoder = (ids: Value, mask: Value) => ReadText;

/** Mean of the tokens [N, L, D] that are there: [N, D]. */
export function meanOfWords(tokens: Value, mask: Value): Value {
  const [n, l] = mask.type.shape;
  const there = reshape(mask, [n!, l!, 1]);
  return div(reduceSum(mul(tokens, there), [1], false), reduceSum(there, [1], false));
}
