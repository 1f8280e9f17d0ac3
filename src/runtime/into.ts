import { check } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';

/** Writes an output into the tensor that was given for it. @throws YosegiError where that has another type or shape */
export function copyInto(target: Tensor, result: Tensor, name: string): void {
  const text = (t: Tensor) => `${t.dtype}[${t.shape}]`;
  check(
    text(target) === text(result),
    () => `output '${name}' is ${text(result)}, the tensor given for it is ${text(target)}`,
  );
  (target.data as Float32Array).set(result.data as Float32Array);
}
