import { check } from '../../../base/errors.ts';
import { tensor } from '../../../base/tensor.ts';
import { add, div, matmul, mul, softmax, swapLast, tanh, transpose, where } from '../../../graph/build.ts';
import { fixed, mulDim } from '../../../graph/dim.ts';
import { constant, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, input } from '../call.ts';
import { reshapeTo } from '../reshape.ts';

/** Scaled dot-product attention (opset 23) in matrix products; ONNX Runtime fuses them again. */

/** Tokens [N, L, heads · d] as [N, heads, L, d]. */
function byHead(c: Call, x: Value, heads: number): Value {
  const [n, length, width] = x.type.shape;
  const each = fixed(width, 'the width of the tokens') / heads;
  check(Number.isInteger(each), () => `a width of ${width} does not divide into ${heads} heads`);
  return transpose(reshapeTo(c, x, [n!, length!, heads, each]), [0, 2, 1, 3]);
}

/** Scores with later tokens out of sight. */
function causal(scores: Value): Value {
  const [rows, columns] = scores.type.shape.slice(-2).map((d) => fixed(d, 'a number of tokens'));
  check(rows! * columns! <= 1 << 26, () => `a mask of ${rows} × ${columns} tokens is too large`);
  const seen = tensor('bool', [rows!, columns!]);
  for (let i = 0; i < rows!; i++) for (let j = 0; j <= i && j < columns!; j++) seen.data[i * columns! + j] = 1;
  return where(constant(seen), scores, Number.NEGATIVE_INFINITY);
}

const attentionOf: Converter = (c) => {
  const flat = input(c, 0).type.shape.length === 3;
  const [heads, keyHeads] = [c.attrs.int('q_num_heads', 0), c.attrs.int('kv_num_heads', 0)];
  check(!flat || (heads > 0 && keyHeads > 0), 'the numbers of heads are missing');
  check(!c.inputs[4] && !c.inputs[5] && !c.inputs[6], 'keys and values of earlier tokens are not supported');
  check(!c.outputs.slice(1).some(Boolean), 'only its first output is supported');
  c.attrs.ignore('softmax_precision', 'qk_matmul_output_mode');
  const [q, k, v] = [0, 1, 2].map((i) => (flat ? byHead(c, input(c, i), i === 0 ? heads : keyHeads) : input(c, i)));
  check(q!.type.shape[1] === k!.type.shape[1], 'fewer heads for keys than for queries are not supported');
  const scale = c.attrs.float('scale', 1 / Math.sqrt(fixed(q!.type.shape[3], 'the width of a head')));
  let scores = matmul(mul(q!, scale), swapLast(k!));
  const cap = c.attrs.float('softcap', 0);
  if (cap > 0) scores = mul(tanh(div(scores, cap)), cap);
  const mask = c.inputs[3];
  if (mask) scores = mask.type.dtype === 'bool' ? where(mask, scores, Number.NEGATIVE_INFINITY) : add(scores, mask);
  if (c.attrs.int('is_causal', 0) === 1) scores = causal(scores);
  const y = matmul(softmax(scores), v!);
  if (!flat) return [y];
  const [n, h, length, each] = y.type.shape;
  return [reshapeTo(c, transpose(y, [0, 2, 1, 3]), [n!, length!, mulDim(h!, each!)])];
};

export const attention: Record<string, Converter> = { Attention: attentionOf };
