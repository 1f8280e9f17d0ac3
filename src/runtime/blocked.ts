import { reduceSum, reshape, slice } from '../graph/build.ts';
import { cleanUp } from '../graph/cleanup.ts';
import { fixed } from '../graph/dim.ts';
import { type Graph, nameOf } from '../graph/graph.ts';
import { apply1, gradientContext } from '../graph/op.ts';
import { depthwiseWindow, geometry } from '../graph/ops/conv.ts';
import type { ConvGeometry } from '../graph/ops/conv-columns.ts';
import { blocked, blockedDepthwiseWeight } from '../graph/ops/nchwc.ts';
import { padsOf } from '../graph/ops/spatial.ts';
import { rewrite } from '../graph/rewrite.ts';
import type { Node, Value } from '../graph/value.ts';

/**
 * Puts depthwise convolutions whose weights change, and the gradients of their weights, into ONNX Runtime's blocked layout
 * (graph/ops/nchwc.ts), for a runtime whose block is `block`. The runtime's optimiser does so only for constant weights; with
 * weights that are inputs it falls to a matrix product for each channel. `isConstant` tells the parameters that will be constants.
 */
export function blockedForms(g: Graph, block: number, isConstant: (name: string) => boolean): Graph {
  const changed = rewrite(g, {
    node: (node, inputs) => {
      const at = { ...node, inputs };
      if (node.op === 'Conv') return depthwise(at, block, isConstant);
      return node.op === 'DepthwiseWeightGradient' ? weightGradient(at, block) : undefined;
    },
  });
  return changed.nodes.some((n) => n.op === 'NchwcConv') ? cleanUp(changed) : g;
}

/** Whether `blockedForms` may change anything in a graph. */
export const gainsFromBlocks = (g: Graph, isConstant: (name: string) => boolean): boolean =>
  g.nodes.some((n) => n.op === 'DepthwiseWeightGradient' || (n.op === 'Conv' && isOpenDepthwise(n, isConstant)));

/** The runtime's reorder kernels move four channels at a time. */
const fits = (channels: number) => channels % 4 === 0;

/** Whether a convolution takes each channel by itself, has no bias and a weight that changes, and suits the runtime's kernels. */
function isOpenDepthwise({ inputs: [x, w, bias] }: Node, isConstant: (name: string) => boolean): boolean {
  if (!x || !w || bias) return false;
  const { dtype, shape } = x.type;
  const [, channels] = shape;
  const [outputs, perGroup] = w.type.shape;
  const open = w.origin.kind !== 'const' && !(w.origin.kind === 'param' && isConstant(nameOf(w)!));
  const each = typeof channels === 'number' && fits(channels) && outputs === channels && perGroup === 1;
  return open && each && dtype === 'float32' && shape.length === 4;
}

function depthwise(node: Node, block: number, isConstant: (name: string) => boolean): Value[] | undefined {
  if (!isOpenDepthwise(node, isConstant)) return undefined;
  const c = gradientContext(node, [], () => false);
  const [x, w] = [c.in(0), c.in(1)];
  const channels = fixed(x.type.shape[1], 'the number of channels');
  const y = convolve(enter(x, block), blockedDepthwiseWeight(w, block), geometry(c), blocked(channels, block), block);
  return [leave(y, channels, block)];
}

/**
 * dL/dw of a depthwise convolution as another one: every channel of every image is convolved with its own gradient for a kernel,
 * strides and dilations exchanged, and what comes out, as large as the weight's kernel, is summed over the images.
 */
function weightGradient(node: Node, block: number): Value[] | undefined {
  const c = gradientContext(node, [], () => false);
  const [x, dy] = [c.in(0), c.in(1)];
  const [n, channels] = x.type.shape;
  if (typeof n !== 'number' || typeof channels !== 'number' || !fits(channels) || x.type.dtype !== 'float32')
    return undefined;
  const g = depthwiseWindow(c);
  const [size, out] = [sizes(x), sizes(dy)];
  const end = g.kernel.map(
    (k, i) => (k - 1) * g.dilations[i]! + (out[i]! - 1) * g.strides[i]! + 1 - size[i]! - g.begin[i]!,
  );
  if (end.some((p) => p < 0)) return undefined;
  const full = blocked(channels, block);
  const maps = reshape(enter(x, block), [1, n * full, ...size]);
  const kernels = reshape(enter(dy, block), [n * full, 1, ...out]);
  const window = { kernel: out, strides: g.dilations, dilations: g.strides, begin: g.begin, end, group: n * full };
  const each = leave(convolve(maps, kernels, window, n * full, block), n * full, block);
  const sum = reduceSum(reshape(each, [n, full, ...g.kernel]), [0], false);
  const own = full === channels ? sum : slice(sum, [0], [0], [channels]);
  return [reshape(own, [channels, 1, ...g.kernel])];
}

const sizes = (x: Value) => x.type.shape.slice(2).map((d) => fixed(d, 'a spatial dimension'));
const enter = (x: Value, block: number) => apply1('ReorderInput', [x], { block });
const leave = (x: Value, channels: number, block: number) => apply1('ReorderOutput', [x], { channels, block });

function convolve(x: Value, w: Value, g: ConvGeometry, group: number, block: number): Value {
  const { kernel, strides, dilations } = g;
  return apply1('NchwcConv', [x, w], { kernel_shape: kernel, strides, dilations, pads: padsOf(g), group, block });
}
