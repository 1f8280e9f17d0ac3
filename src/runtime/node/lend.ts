import { check } from '../../base/errors.ts';
import { allocate, type DType, sizeOf, type Tensor, type TensorData } from '../../base/tensor.ts';

/** A tensor on its way to the worker. */
export interface Sent {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Whether the worker gives `data` back. */
  readonly back: boolean;
}

export interface Lent {
  readonly tensor: Tensor;
  /** Whether the worker changes the numbers. */
  readonly written: boolean;
}

/** Tensors that another thread has until they are given back. */
export interface Loan {
  readonly sent: readonly Sent[];
  /** What `postMessage` moves instead of copying. */
  readonly transfer: readonly ArrayBuffer[];
  /** Puts what came back where it belongs, in the order of `sent`. */
  settle(returned: readonly (TensorData | undefined)[]): void;
}

/**
 * Prepares tensors for another thread, without copying where that can be: a buffer is moved when the lent views cover all of
 * it, and structured cloning keeps views of one buffer together. The rest is copied: shared memory (ONNX Runtime refuses it),
 * and a buffer that is only partly lent (Node's pool behind a small Buffer, a weights file of which one tensor is fed), because
 * moving it would empty the arrays of others. With `copyAll` nothing is moved.
 */
export function lend(lent: readonly Lent[], copyAll = false): Loan {
  for (const { tensor: t } of lent) {
    check(
      t.data.length === sizeOf(t.shape),
      () =>
        `a tensor of shape [${t.shape}] came with ${t.data.length} values. If it was none before: its memory went along with another tensor's of the same buffer; feed the tensors of one buffer together`,
    );
  }
  const movable = copyAll ? new Set<ArrayBufferLike>() : coveredBuffers(lent.map((l) => l.tensor.data));
  const sent = lent.map(({ tensor: { dtype, shape, data }, written }): Sent => {
    const moved = movable.has(data.buffer);
    return { dtype, shape, data: moved ? data : copyOf(dtype, data), back: moved || written };
  });
  return {
    sent,
    transfer: [...new Set(sent.map((s) => s.data.buffer as ArrayBuffer))],
    settle(returned) {
      lent.forEach(({ tensor }, i) => {
        const data = returned[i];
        if (!data) return;
        // What was moved away is empty here now.
        if (data.length > 0 && tensor.data.length === data.length) setAll(tensor.data, data);
        else tensor.data = data;
      });
    },
  };
}

/** Not `slice`: a Buffer's is a view. */
function copyOf(dtype: DType, data: TensorData): TensorData {
  const copy = allocate(dtype, data.length);
  setAll(copy, data);
  return copy;
}

function setAll(to: TensorData, from: TensorData): void {
  (to as Float32Array).set(from as Float32Array);
}

/** The buffers that the views cover from the first byte to the last. */
function coveredBuffers(views: readonly TensorData[]): Set<ArrayBufferLike> {
  const covered = new Map<ArrayBufferLike, number>();
  for (const v of [...views].sort((a, b) => a.byteOffset - b.byteOffset)) {
    const end = covered.get(v.buffer) ?? 0;
    if (v.byteOffset <= end) covered.set(v.buffer, Math.max(end, v.byteOffset + v.byteLength));
  }
  const whole = [...covered].filter(([b, end]) => b instanceof ArrayBuffer && end === b.byteLength);
  return new Set(whole.map(([buffer]) => buffer));
}
