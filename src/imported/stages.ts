import { check } from '../base/errors.ts';
import { transpose } from '../graph/build.ts';
import type { Value } from '../graph/value.ts';
import type { Stage } from '../models/model.ts';

/** Names of the graph outputs that give the stages a user has named: kept apart from logits and features. */
export const stageOutput = (index: number) => `stage.${index}`;

/**
 * A value that a user has named as the end of a stage, with its channels first whatever the file has.
 * @throws YosegiError where it is no feature map of images of this size
 */
export function stageMap(value: Value, name: string, size: readonly [number, number]): Value {
  const { shape, dtype } = value.type;
  const strideAt = (axis: number) => {
    const [h, w] = [shape[axis], shape[axis + 1]];
    if (typeof h !== 'number' || typeof w !== 'number') return undefined;
    const stride = 2 ** Math.round(Math.log2(size[0] / h));
    return h === Math.ceil(size[0] / stride) && w === Math.ceil(size[1] / stride) ? stride : undefined;
  };
  const first = shape.length === 4 && strideAt(2) !== undefined;
  const last = shape.length === 4 && !first && strideAt(1) !== undefined;
  check(
    dtype === 'float32' && shape[0] === 'N' && (first || last),
    () =>
      `the value '${name}' is ${dtype}[${shape}], no feature map of images of ${size.join('×')}: ` +
      'a stage ends in [N, channels, height, width], a power of two smaller than the image',
  );
  return first ? value : transpose(value, [0, 3, 1, 2]);
}

/** The stage that a map [N, C, H, W] is the end of. */
export function stageAt(value: Value, name: string, size: readonly [number, number]): Stage {
  const [, channels, height] = value.type.shape as [unknown, number, number, number];
  return { name, value, stride: 2 ** Math.round(Math.log2(size[0] / height)), channels };
}
