import { check, YosegiError } from '../base/errors.ts';
import { random } from '../base/random.ts';
import { type DType, sizeOf, type Tensor, tensor } from '../base/tensor.ts';
import { dtypeOf } from '../onnx/wire/data-type.ts';
import type { Model } from '../onnx/wire/messages.ts';

/** An input of an ONNX model; `undefined` in the shape is a dimension the caller chooses. */
export interface InputInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | undefined)[];
}

/** What an ONNX model wants to be fed (initialisers that old files also list as inputs left out). */
export function inputsOf(model: Model): InputInfo[] {
  const stored = new Set(model.graph.initializer.map((t) => t.name));
  return model.graph.input
    .filter((v) => !stored.has(v.name))
    .map(({ name, type }) => {
      const dtype = type?.kind === 'tensor' ? dtypeOf(type.elemType) : undefined;
      if (type?.kind !== 'tensor' || !dtype || !type.shape) {
        throw new YosegiError(`input '${name}' of the model is not a tensor of a known type and rank`);
      }
      return {
        name,
        dtype,
        shape: type.shape.map((d) => (d.dimValue !== undefined && d.dimValue > 0 ? d.dimValue : undefined)),
      };
    });
}

/** The batch sizes of `wanted` that the model takes: all of them, or the one that its first input has for good. */
export function allowedBatches(inputs: readonly InputInfo[], wanted: readonly number[]): number[] {
  const fixed = inputs[0]?.shape[0];
  return fixed === undefined ? [...wanted] : [fixed];
}

/**
 * Tensors of one batch with values as normalised pictures have them: normal for floats, bytes for uint8, zeros for the rest.
 * `size` stands for open dimensions of height and width.
 */
export function randomFeeds(
  inputs: readonly InputInfo[],
  batch: number,
  size?: readonly [number, number],
): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape }) => {
      const bound = shape.map((d, i) => {
        const value = d ?? (i === 0 ? batch : openSize(shape, i, size));
        check(
          value !== undefined,
          () => `input '${name}' has the open shape [${shape.map((s) => s ?? '?')}]: give the image size`,
        );
        return value!;
      });
      return [name, filled(dtype, bound)];
    }),
  );
}

function openSize(shape: InputInfo['shape'], i: number, size?: readonly [number, number]): number | undefined {
  // Channels last when the last dimension is a small number.
  const last = shape.at(-1);
  const first = shape.length === 4 && last !== undefined && last <= 4 ? 1 : shape.length - 2;
  return size && (i === first || i === first + 1) ? size[i - first] : undefined;
}

/** Drawing millions of normal numbers takes longer than a run: a few thousand are repeated. */
const BLOCK = 4099;

function filled(dtype: DType, shape: readonly number[]): Tensor {
  const t = tensor(dtype, shape);
  const { data } = t;
  const rng = random(0, 'bench');
  if (data instanceof Float32Array || data instanceof Float64Array) repeat(data, () => rng.normal());
  else if (dtype === 'uint8' && data instanceof Uint8Array) repeat(data, () => rng.below(256));
  return t;
}

function repeat(data: Float32Array | Float64Array | Uint8Array, draw: () => number): void {
  const first = Math.min(BLOCK, data.length);
  for (let i = 0; i < first; i++) data[i] = draw();
  for (let i = first; i < data.length; i += first) data.copyWithin(i, 0, Math.min(first, data.length - i));
}

/** Height and width of the model's first input, where it is an image of fixed size. */
export function imageSize(inputs: readonly InputInfo[]): [number, number] | undefined {
  const shape = inputs[0]?.shape;
  if (shape?.length !== 4) return undefined;
  const [h, w] = shape[3] !== undefined && shape[3] <= 4 ? [shape[1], shape[2]] : [shape[2], shape[3]];
  return h !== undefined && w !== undefined ? [h, w] : undefined;
}

/** Number of stored weights of an ONNX model: the elements of its floating-point initialisers. */
export function storedParameters(model: Model): number {
  return model.graph.initializer
    .filter((t) => ['float32', 'float16', 'bfloat16', 'float64', 'int8', 'uint8'].includes(dtypeOf(t.dataType) ?? ''))
    .reduce((n, t) => n + sizeOf(t.dims), 0);
}
