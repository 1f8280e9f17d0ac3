import { f32, type Tensor } from '../base/tensor.ts';
import { attrsOf } from './attributes.ts';
import { convTranspose } from './build.ts';
import type { Weights } from './fold-batch-norm.ts';
import { foldBy } from './folding.ts';
import type { Graph } from './graph.ts';
import { constantOf, type Node, type Value } from './value.ts';

/**
 * A 3 × 3 convolution of a map that was enlarged twofold by repeating its pixels, as on a UNet's or a decoder's way up, is one transposed
 * convolution of the small map: of the nine pixels under the kernel only four differ. It does 4/9 of the work, and the large map in between
 * is never made.
 */
export const foldEnlargedConv = (g: Graph, weights: Weights) =>
  foldBy(g, weights, (node, inputs, { readers, stored, instead }) => {
    const { origin } = inputs[0] ?? {};
    if (!keepsSize(node) || origin?.kind !== 'node' || readers.get(node.inputs[0]!) !== 1) return undefined;
    const small = enlargedTwofold(origin.node);
    const [, weight, bias] = inputs;
    const kernel = stored(weight);
    if (!small || !kernel) return undefined;
    const larger = instead(weight, 'enlarging', enlargingKernel(kernel));
    return [convTranspose(small, larger, bias, { strides: [2, 2], pads: [1, 1, 1, 1] })];
  });

/** A 3 × 3 convolution across all channels whose result is as large as its input. */
function keepsSize(node: Node): boolean {
  if (node.op !== 'Conv' || node.attrs.auto_pad !== undefined) return false;
  const attrs = attrsOf(node);
  const ones = [...(attrs.ints('strides') ?? []), ...(attrs.ints('dilations') ?? [])].every((n) => n === 1);
  const kernel = node.inputs[1]!.type.shape.slice(2).join();
  return ones && kernel === '3,3' && attrs.ints('pads')?.join() === '1,1,1,1' && attrs.int('group') === 1;
}

/** The small map where every pixel becomes four alike; undefined for any other node. */
function enlargedTwofold(node: Node): Value | undefined {
  const [x] = node.inputs;
  if (node.op !== 'Resize' || x?.type.shape.length !== 4) return undefined;
  const attrs = attrsOf(node);
  const how = `${attrs.string('mode')} ${attrs.string('coordinate_transformation_mode')} ${attrs.string('nearest_mode')}`;
  const [before, after] = [x.type.shape, node.outputs[0]!.type.shape];
  const twice = [2, 3].every((i) => typeof before[i] === 'number' && after[i] === 2 * before[i]);
  // A scale that only nearly is two gives the same size of other pixels.
  const scales = constantOf(node.inputs[2]);
  const exactly = !scales || [2, 3].every((i) => Number(scales.data[i]) === 2);
  return REPEATS.test(how) && twice && exactly && before[1] === after[1] ? x : undefined;
}

/** Ways to ask for it: where the halves of pixels lie, rounding must not matter. */
const REPEATS = /^nearest (half_pixel round_prefer_(floor|ceil)|asymmetric (floor|round_prefer_floor))$/;

/** Which rows of the kernel see the pixel that a row of the larger kernel carries: transposed, so the last comes first. */
const ROWS = [[2], [1, 2], [0, 1], [0]] as const;

/** [O, C, 3, 3] → [C, O, 4, 4]. */
function enlargingKernel({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [outputs, channels] = shape as [number, number, number, number];
  const kernel = f32([channels, outputs, 4, 4]);
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outputs; o++) {
      for (const [u, rows] of ROWS.entries()) {
        for (const [v, columns] of ROWS.entries()) {
          let sum = 0;
          for (const i of rows) for (const j of columns) sum += data[((o * channels + c) * 3 + i) * 3 + j]!;
          kernel.data[((c * outputs + o) * 4 + u) * 4 + v] = sum;
        }
      }
    }
  }
  return kernel;
}
