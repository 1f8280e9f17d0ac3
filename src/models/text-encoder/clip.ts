import { z } from 'zod';
import { f32 } from '../../base/tensor.ts';
import { attend, awayBias, headsOfTokens } from '../../blocks/cross-attention.ts';
import { add, concat, gather, mul, reduceSum, reshape, slice, sub } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { constant, type Value } from '../../graph/value.ts';
import { zeros } from '../../nn/init.ts';
import { activations, layerNorm, linear } from '../../nn/layers.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import { activationOf } from './activation.ts';
import type { ReadText, TextEncoder } from './text-encoder.ts';

const count = z.int().min(1);

const textFields = z.looseObject({
  vocab_size: count.default(49_408),
  hidden_size: count.default(512),
  num_hidden_layers: count.default(12),
  num_attention_heads: count.default(8),
  intermediate_size: count.default(2048),
  max_position_embeddings: count.default(77),
  hidden_act: z.string().default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
});

/** config.json of CLIP's text model, alone or with its picture model beside it, as far as it matters here. */
export const clipConfig = z.union([
  z.looseObject({ model_type: z.literal('clip'), text_config: textFields }).transform(({ text_config }) => text_config),
  textFields.extend({ model_type: z.literal('clip_text_model') }),
]);
export type ClipConfig = z.infer<typeof clipConfig>;

/**
 * CLIP's text model (Radford et al. 2021) with the names of transformers' CLIPTextModel: each token sees those before it; the caption as a whole is
 * its last token, which marks its end. The projection beside pictures is not part of it.
 */
export function clipEncoder(config: ClipConfig): TextEncoder {
  const s = rootScope();
  return (ids, mask) => s.in('text_model', (t) => read(t, ids, mask, config));
}

function read(s: Scope, ids: Value, mask: Value, c: ClipConfig): ReadText {
  const width = c.hidden_size;
  const length = fixed(ids.type.shape[1], 'the length of a caption');
  const norm = (at: Scope, name: string, x: Value) =>
    at.in(name, (n) => layerNorm(n, x, { epsilon: c.layer_norm_eps }));
  const away = add(awayBias(mask), constant(later(length)));
  let x = s.in('embeddings', (e) => {
    const table = (name: string, rows: number) => e.in(name, (t) => t.param('weight', [rows, width], zeros));
    const places = slice(table('position_embedding', c.max_position_embeddings), [0], [0], [length]);
    return add(gather(table('token_embedding', c.vocab_size), ids, 0), places);
  });
  for (let i = 0; i < c.num_hidden_layers; i++) {
    x = s.in(`encoder.layers.${i}`, (layer) => {
      const seen = norm(layer, 'layer_norm1', x);
      const mixed = layer.in('self_attn', (a) => {
        const dense = (name: string, v: Value) => a.in(name, (d) => linear(d, v, width));
        const part = (name: string) => headsOfTokens(dense(name, seen), c.num_attention_heads);
        return dense('out_proj', attend(part('q_proj'), part('k_proj'), part('v_proj'), away));
      });
      const middle = add(x, mixed);
      const again = norm(layer, 'layer_norm2', middle);
      const thought = layer.in('mlp', (m) => {
        const wide = m.in('fc1', (f) => linear(f, again, c.intermediate_size));
        return m.in('fc2', (f) => linear(f, activations[activationOf(c.hidden_act)](wide), width));
      });
      return add(middle, thought);
    });
  }
  const tokens = norm(s, 'final_layer_norm', x);
  return { tokens, pooled: reduceSum(mul(tokens, lastOf(mask)), [1], false) };
}

/** [1, 1, L, L]: takes away what stands behind a token. */
function later(length: number) {
  const t = f32([1, 1, length, length]);
  for (let i = 0; i < length; i++) t.data.fill(-10_000, i * length + i + 1, (i + 1) * length);
  return t;
}

/** A mask [N, L] as [N, L, 1] that is 1 at the last token only. */
function lastOf(mask: Value): Value {
  const [n, l] = mask.type.shape;
  const length = fixed(l, 'the length of a caption');
  const first = slice(mask, [1], [0], [1]);
  const next = concat([slice(mask, [1], [1], [length]), sub(first, first)], 1);
  return reshape(sub(mask, next), [n!, length, 1]);
}
