import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { relu, reshape, transpose } from '../../../../graph/build.ts';
import { graph } from '../../../../graph/graph.ts';
import { input, type Value } from '../../../../graph/value.ts';
import { toOnnx } from '../../../../onnx/print.ts';
import { encodeModel } from '../../../../onnx/wire/model.ts';

/** For tests: an autoencoder that loses nothing of values from 0 on; a square of 4 × 4 pixels becomes 48 numbers, and these pixels again. */
export function writeCells(folder: string, size: number): string {
  const small = size / 4;
  const image = input('picture', 'float32', ['N', 3, size, size]);
  const cells = (x: Value) =>
    reshape(transpose(reshape(x, ['N', 3, small, 4, small, 4]), [0, 1, 3, 5, 2, 4]), ['N', 48, small, small]);
  const pixels = (x: Value) =>
    reshape(transpose(reshape(x, ['N', 3, 4, 4, small, small]), [0, 1, 4, 2, 5, 3]), ['N', 3, size, size]);
  const latents = input('z', 'float32', ['N', 48, small, small]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'encoder.onnx'), encodeModel(toOnnx(graph({ z: cells(relu(image)) }))));
  writeFileSync(join(folder, 'decoder.onnx'), encodeModel(toOnnx(graph({ picture: pixels(latents) }))));
  return folder;
}
