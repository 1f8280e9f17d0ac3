import { type DType, type Tensor, tensor } from '../../../base/tensor.ts';

/** For tests: a tensor as text that passes between Node and a page. */
export interface Sent {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Base64 of the numbers' bytes. */
  readonly bytes: string;
}

export function send({ dtype, shape, data }: Tensor): Sent {
  return { dtype, shape: [...shape], bytes: toBase64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) };
}

export function receive({ dtype, shape, bytes }: Sent): Tensor {
  const t = tensor(dtype, shape);
  new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength).set(fromBase64(bytes));
  return t;
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
