import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import type { RowKind, RowTable } from '../models/network.ts';

/** Names of the rows of tables, in order. */
export type RowNames = Readonly<Partial<Record<RowKind, readonly string[]>>>;

/** A table that was carried over to other rows. */
export interface CarriedTable {
  readonly name: string;
  /** Rows that were known. */
  readonly known: number;
  readonly rows: number;
}

/** What stored weights are of, and what they are wanted for. */
export interface Carrying {
  readonly before: RowNames;
  readonly after: RowNames;
  /** First values of a parameter in its wanted shape; undefined where the network has none of this name. */
  readonly first: (name: string) => Tensor<'float32'> | undefined;
}

/**
 * Stored weights with tables whose rows are named otherwise than is wanted brought into the wanted order: a row of a name that was there before is kept, the others
 * begin with their first values. Rows of places have their number for a name. Tables whose other axes differ stay as they are.
 */
export function carriedTables(
  tables: readonly RowTable[],
  stored: ReadonlyMap<string, Tensor>,
  { before, after, first }: Carrying,
): { readonly tensors: ReadonlyMap<string, Tensor>; readonly carried: readonly CarriedTable[] } {
  const tensors = new Map(stored);
  const carried: CarriedTable[] = [];
  for (const { name, of, axis } of tables) {
    const [from, begun] = [stored.get(name), first(name)];
    if (from?.dtype !== 'float32' || !begun || !alike(from.shape, begun.shape, axis)) continue;
    const names = (all: RowNames, rows: number) => (of === 'place' ? numbered(rows) : all[of]);
    const [old, wanted] = [names(before, from.shape[axis]!), names(after, begun.shape[axis]!)];
    if (!old || !wanted || old.length !== from.shape[axis] || wanted.length !== begun.shape[axis]) continue;
    if (old.join('\n') === wanted.join('\n')) continue;
    const at = new Map(old.map((row, i) => [row, i]));
    const pairs = wanted.flatMap((row, to) => (at.has(row) ? [[at.get(row)!, to] as const] : []));
    tensors.set(name, withRows(begun, from as Tensor<'float32'>, axis, pairs));
    carried.push({ name, known: pairs.length, rows: wanted.length });
  }
  return { tensors, carried };
}

const numbered = (rows: number) => Array.from({ length: rows }, (_, i) => String(i));

const alike = (a: readonly number[], b: readonly number[], axis: number) =>
  a.length === b.length && a.every((d, i) => i === axis || d === b[i]);

/** A copy of `to` with some rows of `from`, `[from, to]`. */
function withRows(
  to: Tensor<'float32'>,
  from: Tensor<'float32'>,
  axis: number,
  pairs: readonly (readonly [number, number])[],
): Tensor<'float32'> {
  const out = f32(to.shape, to.data.slice());
  const each = sizeOf(to.shape.slice(axis + 1));
  for (let block = 0; block < sizeOf(to.shape.slice(0, axis)); block++) {
    const [read, write] = [block * from.shape[axis]!, block * to.shape[axis]!];
    for (const [i, j] of pairs)
      out.data.set(from.data.subarray((read + i) * each, (read + i + 1) * each), (write + j) * each);
  }
  return out;
}
