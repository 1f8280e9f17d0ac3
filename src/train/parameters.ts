import { check } from '../base/errors.ts';
import { sizeOf, type Tensor } from '../base/tensor.ts';

/**
 * Named tensors in one flat buffer, so that an optimiser runs over all of them in one loop and a worker gets them in one transfer.
 * A runtime may hand the buffer over and back: read `values` and `tensors` anew after each run, never keep a view.
 */
export class FlatTensors {
  readonly tensors: Record<string, Tensor<'float32'>> = {};
  readonly offsets = new Map<string, number>();
  readonly length: number;
  readonly #empty = new Float32Array(0);

  constructor(entries: Iterable<readonly [string, readonly number[]]>) {
    const list = [...entries];
    this.length = list.reduce((n, [, shape]) => n + sizeOf(shape), 0);
    const flat = new Float32Array(this.length);
    let at = 0;
    for (const [name, shape] of list) {
      this.offsets.set(name, at);
      const size = sizeOf(shape);
      this.tensors[name] = { dtype: 'float32', shape, data: flat.subarray(at, at + size) };
      at += size;
    }
  }

  get names(): string[] {
    return [...this.offsets.keys()];
  }

  /** The whole buffer. */
  get values(): Float32Array {
    for (const name in this.tensors)
      return new Float32Array(this.tensors[name]!.data.buffer as ArrayBuffer, 0, this.length);
    return this.#empty;
  }

  /** Copies values in by name; every name must be there with its shape. */
  load(from: ReadonlyMap<string, Tensor>): void {
    for (const [name, t] of Object.entries(this.tensors)) {
      const given = from.get(name);
      check(given, `the weights have no tensor '${name}'`);
      check(given.dtype === 'float32', `'${name}' must be float32, got ${given.dtype}`);
      check(given.shape.join() === t.shape.join(), `'${name}' must have shape [${t.shape}], got [${given.shape}]`);
      t.data.set(given.data as Float32Array);
    }
  }

  /** Copies, by name. `values` may be another buffer of the same layout (a moving average). */
  copy(values: Float32Array = this.values): Map<string, Tensor<'float32'>> {
    return new Map(
      [...this.offsets].map(([name, at]) => {
        const { shape } = this.tensors[name]!;
        return [name, { dtype: 'float32', shape, data: values.slice(at, at + sizeOf(shape)) }];
      }),
    );
  }
}
