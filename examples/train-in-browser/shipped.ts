import { deployGraph, encodeModel, type Image, type Tensor, tensor, toOnnx } from '../../src/core.ts';
import { classify } from '../../src/tasks/classify/index.ts';
import type { Backbone } from './backbone.ts';

/**
 * Backbone and head as one ONNX file of standard operators: `image`, bytes [N, size, size, 3] in red, green, blue, becomes
 * `probabilities` [N, classes]. The names of the classes are its metadata `names`, written as Ultralytics does.
 */
export function shippedModel(
  backbone: Backbone,
  classes: readonly string[],
  weights: ReadonlyMap<string, Tensor>,
): Uint8Array {
  const { network } = backbone.networkFor(classes.length);
  const outputs = classify.ship.outputs(network, { softmax: true });
  const { graph, constants } = deployGraph(network.model, outputs, weights, { embed: backbone.preprocessing });
  const names = `{${classes.map((name, i) => `${i}: '${name.replace(/[\\']/g, '\\$&')}'`).join(', ')}}`;
  return encodeModel(toOnnx(graph, { constants, target: 'standard', metadata: { model: backbone.name, names } }));
}

/** Pictures at the input's size as what that file takes. */
export function bytesOf(pictures: readonly Image[]): Tensor<'uint8'> {
  const { width, height } = pictures[0]!;
  const bytes = tensor('uint8', [pictures.length, height, width, 3]);
  pictures.forEach(({ data }, i) => {
    bytes.data.set(data, i * data.length);
  });
  return bytes;
}

/** The same for equal pixels, and hardly ever for others (two FNV-1a hashes of 32 bits). */
export function pixelHash({ data }: Image): string {
  let [a, b] = [0x811c9dc5, 0x2f7a3b51];
  for (const byte of data) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x01000193);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`;
}
