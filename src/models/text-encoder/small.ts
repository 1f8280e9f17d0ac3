import { attention } from '../../blocks/attention.ts';
import { awayBias } from '../../blocks/cross-attention.ts';
import type { TokenMixer } from '../../blocks/mixer.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { add, gather } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { layerNorm } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import { meanOfWords, type ReadText, type TextEncoder } from './text-encoder.ts';

/** A small encoder that is trained along with what reads it. */
export interface SmallTextOptions {
  /** Tokens that there are. */
  readonly vocabulary: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

/**
 * Transformer blocks over a caption's tokens, before them a learned vector for each token and each place, behind them a normalisation;
 * the whole caption is the mean of its tokens. Parameters lie in `text_encoder`, with timm's names.
 */
export function smallTextEncoder(options: SmallTextOptions): TextEncoder {
  const s = rootScope();
  return (ids, mask) => s.in('text_encoder', (t) => read(t, ids, mask, options));
}

function read(s: Scope, ids: Value, mask: Value, { vocabulary, width, depth, heads }: SmallTextOptions): ReadText {
  const length = fixed(ids.type.shape[1], 'the length of a caption');
  // As loud as what blocks add to them, so that captions differ from the first step on.
  const table = s.in('token_embed', (e) => e.param('weight', [vocabulary, width], { kind: 'normal', std: 1 }));
  const places = s.param('pos_embed', [1, length, width], { kind: 'normal', std: 0.3 });
  const bias = awayBias(mask);
  const mixer: TokenMixer = (b, tokens) => attention(b, tokens, { heads, bias });
  let x = add(gather(table, ids, 0), places);
  for (let i = 0; i < depth; i++) x = s.in(`blocks.${i}`, (b) => transformerBlock(b, x, { mixer }));
  const tokens = s.in('norm', (n) => layerNorm(n, x));
  return { tokens, pooled: meanOfWords(tokens, mask) };
}
