import { check } from '../base/errors.ts';
import type { Placement } from '../data/geometry/placement.ts';
import type { Tensors } from '../runtime/runtime.ts';
import type { Batch } from './batch.ts';

/** A picture that was judged whole: what came out for each of its views. */
export interface Gathered<T> {
  readonly index: number;
  readonly truth: T;
  readonly placements: readonly Placement[];
  /** For each view, its part of every output. */
  readonly views: readonly Readonly<Record<string, Float32Array>>[];
}

/** Puts together the views of pictures, which may lie in several batches; holds those of one picture at a time. */
export class Gatherer<T> {
  #open: { index: number; views: Record<string, Float32Array>[]; placements: Placement[] } | undefined;

  /** The pictures that are complete with this batch, in order. */
  *add(outputs: Tensors, { indices, truths, placements, views }: Batch<T>): Generator<Gathered<T>> {
    const n = indices.length;
    for (let i = 0; i < n; i++) {
      const index = indices[i]!;
      if (this.#open?.index !== index) this.#open = { index, views: [], placements: [] };
      const open = this.#open;
      // Of a picture whose other views come later, the batch's memory is not held on to.
      open.views.push(rowOf(outputs, i, n, views[i]! > 1));
      open.placements.push(placements[i]!);
      if (open.views.length < views[i]!) continue;
      this.#open = undefined;
      yield { index, truth: truths[i]!, placements: open.placements, views: open.views };
    }
  }
}

/** Rows of outputs [views, …] as a list, a view each. */
export function viewsOfOutputs(outputs: Tensors, count: number): Record<string, Float32Array>[] {
  return Array.from({ length: count }, (_, i) => rowOf(outputs, i, count, false));
}

/** Row `i` of `n` of every output, as a view of the numbers or a copy. */
function rowOf(outputs: Tensors, i: number, n: number, copied: boolean): Record<string, Float32Array> {
  const rows = Object.entries(outputs).map(([name, { data }]) => {
    check(data instanceof Float32Array, () => `'${name}' must be float32`);
    const row = data.subarray((i * data.length) / n, ((i + 1) * data.length) / n);
    return [name, copied ? row.slice() : row] as const;
  });
  return Object.fromEntries(rows);
}
