import { z } from 'zod';
import { attend, awayBias, headsOfTokens } from '../../blocks/cross-attention.ts';
import { add, gather, slice } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { zeros } from '../../nn/init.ts';
import { activations, layerNorm, linear } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import { activationOf } from './activation.ts';
import { meanOfWords, type ReadText, type TextEncoder } from './text-encoder.ts';

const count = z.int().min(1);

/** config.json of a BERT, as far as it matters here. */
export const bertConfig = z.looseObject({
  model_type: z.literal('bert'),
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  max_position_embeddings: count,
  type_vocab_size: count.default(2),
  hidden_act: z.string().default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-12),
  position_embedding_type: z.literal('absolute').default('absolute'),
});
export type BertConfig = z.infer<typeof bertConfig>;

/**
 * BERT's encoder (Devlin et al. 2019), MiniLM's too, with the names of transformers' BertModel; a caption is one sentence, and as a whole the
 * mean of its tokens, as sentence-transformers has it. Its pooler is not part of it.
 */
export function bertEncoder(config: BertConfig): TextEncoder {
  const s = rootScope();
  return (ids, mask) => read(s, ids, mask, config);
}

function read(s: Scope, ids: Value, mask: Value, c: BertConfig): ReadText {
  const width = c.hidden_size;
  const length = fixed(ids.type.shape[1], 'the length of a caption');
  const norm = (at: Scope, name: string, x: Value) =>
    at.in(name, (n) => layerNorm(n, x, { epsilon: c.layer_norm_eps }));
  const away = awayBias(mask);
  let x = s.in('embeddings', (e) => {
    const table = (name: string, rows: number) => e.in(name, (t) => t.param('weight', [rows, width], zeros));
    const words = gather(table('word_embeddings', c.vocab_size), ids, 0);
    const places = slice(table('position_embeddings', c.max_position_embeddings), [0], [0], [length]);
    const kind = slice(table('token_type_embeddings', c.type_vocab_size), [0], [0], [1]);
    return norm(e, 'LayerNorm', add(add(words, places), kind));
  });
  for (let i = 0; i < c.num_hidden_layers; i++) {
    x = s.in(`encoder.layer.${i}`, (layer) => {
      const dense = (at: Scope, name: string, v: Value, features: number) => at.in(name, (d) => linear(d, v, features));
      const mixed = layer.in('attention', (a) => {
        const part = (name: string) => headsOfTokens(dense(a, `self.${name}`, x, width), c.num_attention_heads);
        const said = attend(part('query'), part('key'), part('value'), away);
        return norm(a, 'output.LayerNorm', add(x, dense(a, 'output.dense', said, width)));
      });
      const thought = activations[activationOf(c.hidden_act)](
        dense(layer, 'intermediate.dense', mixed, c.intermediate_size),
      );
      return norm(layer, 'output.LayerNorm', add(mixed, dense(layer, 'output.dense', thought, width)));
    });
  }
  return { tokens: x, pooled: meanOfWords(x, mask) };
}
