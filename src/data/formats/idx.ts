import { check } from '../../base/errors.ts';
import { fromGrey, type Image, image } from '../image.ts';

/** An IDX array of bytes (MNIST's format): the dimensions and the values. */
export interface Idx {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Where the values begin, and the dimensions. */
interface IdxHeader {
  readonly shape: readonly number[];
  readonly start: number;
}

function headerOf(bytes: Uint8Array, name: string): IdxHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  check(
    bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0,
    `${name} is not an IDX file: it does not begin with 0 0`,
  );
  check(bytes[2] === 8, `${name} holds IDX type ${bytes[2]}; only unsigned bytes (8) can be read`);
  const rank = bytes[3]!;
  check(
    rank >= 1 && rank <= 4 && bytes.length >= 4 + 4 * rank,
    `${name} states ${rank} dimensions; 1 … 4 are expected`,
  );
  return { shape: Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i)), start: 4 + 4 * rank };
}

/**
 * How many bytes an IDX file has, by its first 20.
 * @throws YosegiError when it is none
 */
export function idxBytes(head: Uint8Array, name = 'the IDX file'): number {
  const { shape, start } = headerOf(head, name);
  return start + shape.reduce((a, b) => a * b, 1);
}

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the type 8, the number of dimensions, then each as a big-endian
 * 32-bit number, then the values.
 * @throws YosegiError when it is none, of another type, or the length is not the one it states
 */
export function parseIdx(bytes: Uint8Array, name = 'the IDX file'): Idx {
  const { shape, start } = headerOf(bytes, name);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = bytes.subarray(start);
  check(
    data.length === size,
    () => `${name} states ${shape.join('×')} = ${size} bytes but holds ${data.length}; it is cut short or not IDX`,
  );
  return { shape, data };
}

/** Picture `index` of an IDX array of shape [N, height, width] (grey) or [N, height, width, 3]. */
export function idxImage({ shape, data }: Idx, index: number): Image {
  const [count, height, width] = shape as [number, number, number];
  check(
    (shape.length === 3 || (shape.length === 4 && shape[3] === 3)) && index >= 0 && index < count,
    () => `no picture ${index} in an IDX array of shape [${shape}]`,
  );
  const size = data.length / count;
  // A copy of its own: the array may lie in memory that other threads share.
  const part = new Uint8Array(size);
  part.set(data.subarray(index * size, (index + 1) * size));
  return shape.length === 4 ? image(width, height, part) : fromGrey(part, width, height);
}
