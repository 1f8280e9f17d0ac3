import { tensor } from '../base/tensor.ts';
import { gather, reshape } from '../graph/build.ts';
import { constant, type Value } from '../graph/value.ts';
import { zeros } from '../nn/init.ts';
import type { Scope } from '../nn/scope.ts';

/**
 * Learned bias for each head and each distance between two tokens of an H×W grid, [1, heads, queries, H·W]; parameter
 * `attention_biases` [heads, H·W], read at |Δrow|·W + |Δcolumn| (LeViT, Graham et al. 2021; EfficientFormer). Queries are every
 * `step`-th token of either axis.
 */
export function attentionBias(
  s: Scope,
  heads: number,
  [height, width]: readonly [number, number],
  step: 1 | 2 = 1,
): Value {
  const tokens = height * width;
  const table = s.param('attention_biases', [heads, tokens], zeros);
  const queries = Math.ceil(height / step) * Math.ceil(width / step);
  const index = new BigInt64Array(queries * tokens);
  let at = 0;
  for (let qy = 0; qy < height; qy += step)
    for (let qx = 0; qx < width; qx += step)
      for (let ky = 0; ky < height; ky++)
        for (let kx = 0; kx < width; kx++) index[at++] = BigInt(Math.abs(qy - ky) * width + Math.abs(qx - kx));
  const values = gather(table, constant(tensor('int64', [queries * tokens], index)), 1);
  return reshape(values, [1, heads, queries, tokens]);
}
