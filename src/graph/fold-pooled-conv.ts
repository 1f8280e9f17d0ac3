import { f32, type Tensor } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import type { Weights } from './fold-batch-norm.ts';
import { foldBy } from './folding.ts';
import type { Graph } from './graph.ts';
import { apply } from './op.ts';
import type { Node, Value } from './value.ts';

/**
 * A depthwise convolution whose result (with its input added, or alone) is only averaged over windows side by side, as where
 * latents read a map (Dynamic Perceiver), is one depthwise convolution with a larger kernel that moves by whole windows: all three
 * are linear. It does a small part of the work. `kernel + window − 1` pixels wide, with the same padding.
 */
export const foldPooledConv = (g: Graph, weights: Weights) =>
  foldBy(g, weights, (node, inputs, { readers, stored, instead }) => {
    const window = windowOf(node);
    const found = window && convolutionIn(inputs[0]!, node.inputs[0]!, readers);
    if (!found) return undefined;
    const { conv, identity } = found;
    const [x, weight, bias] = conv.inputs;
    const kernel = stored(weight);
    if (!kernel) return undefined;
    const pads = attrsOf(conv).ints('pads') ?? [0, 0, 0, 0];
    const pooled = instead(weight, 'pooled', pooledKernel(kernel, pads, window, identity));
    const { kernel_shape: _, auto_pad: __, ...rest } = conv.attrs;
    return apply('Conv', [x, pooled, bias], { ...rest, strides: [...window] });
  });

/** The window of an average over windows side by side, height and width; undefined for any other node. */
function windowOf(node: Node): readonly [number, number] | undefined {
  if (node.op !== 'AveragePool' || node.inputs[0]!.type.shape.length !== 4) return undefined;
  const attrs = attrsOf(node);
  const [window, strides] = [attrs.ints('kernel_shape'), attrs.ints('strides')];
  const padded = attrs.ints('pads')?.some((p) => p !== 0) || node.attrs.auto_pad !== undefined;
  const plain = attrs.int('ceil_mode') === 0 && !padded && node.attrs.dilations === undefined;
  return plain && window && window.join() === strides?.join() ? [window[0]!, window[1]!] : undefined;
}

/** The depthwise convolution that a value is, or is the sum of and of its input; nobody else may read what goes. */
function convolutionIn(value: Value, old: Value, readers: ReadonlyMap<Value, number>) {
  if (value.origin.kind !== 'node' || old.origin.kind !== 'node' || readers.get(old) !== 1) return undefined;
  const [node, before] = [value.origin.node, old.origin.node];
  if (isDepthwise(node)) return { conv: node, identity: false };
  if (node.op !== 'Add') return undefined;
  for (const [k, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const origin = node.inputs[k]!.origin;
    const conv = origin.kind === 'node' ? origin.node : undefined;
    if (conv && isDepthwise(conv) && conv.inputs[0] === node.inputs[other] && readers.get(before.inputs[k]!) === 1)
      return { conv, identity: true };
  }
  return undefined;
}

/** One kernel a channel, moving pixel by pixel, with a result as large as its input. */
function isDepthwise(node: Node): boolean {
  const [x, weight] = node.inputs;
  if (node.op !== 'Conv' || node.attrs.auto_pad !== undefined || weight?.type.shape.length !== 4) return false;
  const attrs = attrsOf(node);
  const [channels, each] = weight.type.shape;
  const ones = [...(attrs.ints('strides') ?? []), ...(attrs.ints('dilations') ?? [])].every((n) => n === 1);
  const same = node.outputs[0]!.type.shape.slice(2).join() === x!.type.shape.slice(2).join();
  return ones && same && each === 1 && channels === x!.type.shape[1] && attrs.int('group') === channels;
}

/** The kernel averaged over a window's places; where the input was added, one is added at the place the kernel looks from. */
function pooledKernel(
  { shape, data }: Tensor<'float32'>,
  pads: readonly number[],
  [ph, pw]: readonly [number, number],
  identity: boolean,
): Tensor<'float32'> {
  const [channels, , kh, kw] = shape as [number, number, number, number];
  const [h, w] = [kh + ph - 1, kw + pw - 1];
  const sums = new Float64Array(channels * h * w);
  for (let c = 0; c < channels; c++) {
    for (let u = 0; u < kh; u++) {
      for (let v = 0; v < kw; v++) {
        const own = identity && u === pads[0] && v === pads[1] ? 1 : 0;
        const value = data[(c * kh + u) * kw + v]! + own;
        for (let i = 0; i < ph; i++) for (let j = 0; j < pw; j++) sums[(c * h + u + i) * w + v + j]! += value;
      }
    }
  }
  return f32(
    [channels, 1, h, w],
    Float32Array.from(sums, (s) => s / (ph * pw)),
  );
}
