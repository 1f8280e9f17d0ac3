import { f32 } from '../../base/tensor.ts';
import { plainNorm } from '../../blocks/adaptive-norm.ts';
import type { Reading } from '../../blocks/conditioned.ts';
import { add, concat, cos, gather, mul, reshape, silu, sin } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { constant, type Init, type Value } from '../../graph/value.ts';
import { linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Given } from './denoiser.ts';

/** Numbers of the sinusoid that a time becomes. */
const WAVES = 256;
/** Times are embedded in thousandths, as the diffusion models with a thousand steps had them. */
const STEPS = 1000;
const LONGEST = 10_000;

/** [N] → [N, 256]: cosines, then sines, of the time in thousandths (Vaswani et al. 2017; in DiT's order). */
function sinusoid(time: Value): Value {
  const half = WAVES / 2;
  const rates = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(LONGEST) * i) / half));
  const turns = mul(reshape(mul(time, STEPS), [time.type.shape[0]!, 1]), constant(f32([1, half], rates)));
  return concat([cos(turns), sin(turns)], 1);
}

/**
 * What every block is told, [N, width]: the time through two linear layers, and a learned vector for the class or for none, or what the
 * caption says as a whole, normalised, through a linear layer.
 * Parameters as in DiT: `t_embedder.mlp.0`, `t_embedder.mlp.2`, `y_embedder.embedding_table.weight` [classes + 1, width]; `caption_embedder`.
 * They begin with the variance of what they are added to; with DiT's deviation of 0.02 a training of thousands of steps (DiT's had 400,000)
 * hardly told classes apart.
 */
export function condition(s: Scope, { time, label, caption }: Given, classes: number, width: number): Value {
  const moment = s.in('t_embedder.mlp', (t) => {
    const first = silu(t.in(0, (l) => linear(l, sinusoid(time), width, { init: keeping(WAVES / 2) })));
    return t.in(2, (l) => linear(l, first, width, { init: keeping(width / 4) }));
  });
  if (caption) {
    const said = plainNorm(caption.pooled);
    const features = fixed(said.type.shape[1], 'the width of a caption');
    return add(
      moment,
      s.in('caption_embedder', (c) => linear(c, said, width, { init: keeping(features) })),
    );
  }
  const table = s.in('y_embedder.embedding_table', (y) =>
    y.param('weight', [classes + 1, width], { kind: 'normal', std: 1 }),
  );
  return add(moment, gather(table, label, 0));
}

/** How blocks read the words of a caption, each normalised; undefined where a class is told. */
export const readingOf = ({ caption }: Given): Reading | undefined =>
  caption && {
    words: { tokens: plainNorm(caption.tokens), mask: caption.mask },
    textQuery: caption.textQuery ?? false,
  };

/** Sums of products with numbers whose squares sum to `power` get a variance of one. */
const keeping = (power: number): Init => ({ kind: 'normal', std: 1 / Math.sqrt(power) });
