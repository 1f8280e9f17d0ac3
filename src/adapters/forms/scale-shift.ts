import { add, mul, reshape } from '../../graph/build.ts';
import { applyLike } from '../../graph/op.ts';
import { ones, zeros } from '../../nn/init.ts';
import type { Form } from './form.ts';

/** A factor and a shift for each channel behind a layer (SSF, Lian et al. 2022, arXiv 2210.08823). */
export const scaleShift: Form = {
  greatestRank: () => 1,
  parameters: ({ outputs }) => ({
    ssf_scale: { shape: [outputs], init: ones },
    ssf_shift: { shape: [outputs], init: zeros },
  }),
  apply: ({ layer, node, inputs, params }) => {
    const shape = [layer.outputs, ...layer.kernel.map(() => 1)];
    const each = (name: string) => (shape.length > 1 ? reshape(params[name]!, shape) : params[name]!);
    return add(mul(applyLike(node, inputs)[0]!, each('ssf_scale')), each('ssf_shift'));
  },
  merged: ({ layer, weight, bias, params }) => {
    const [scale, shift] = [params.ssf_scale!.data, params.ssf_shift!.data];
    const each = weight.length / layer.outputs;
    const channel = layer.turned ? (i: number) => i % layer.outputs : (i: number) => Math.floor(i / each);
    return {
      weight: Float32Array.from(weight, (w, i) => w * scale[channel(i)]!),
      bias: Float32Array.from(shift, (s, c) => (bias?.[c] ?? 0) * scale[c]! + s),
    };
  },
};
