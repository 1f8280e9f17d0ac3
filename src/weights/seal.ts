import type { Tensor } from '../base/tensor.ts';

/** A hash over parts one after another, as hexadecimal digits. */
export type Hash = (parts: Iterable<string | Uint8Array>) => string;

type Metadata = Readonly<Record<string, string>>;

/** Metadata with a checksum over itself and the tensors: names, types, shapes and values. */
export function sealed(metadata: Metadata, tensors: Iterable<readonly [string, Tensor]>, hash: Hash): Metadata {
  return { ...metadata, checksum: hash(partsOf(metadata, tensors)) };
}

/** Whether a file is what was written: `unsealed` where it was written without a checksum. */
export function sealOf(
  { checksum, ...metadata }: Metadata,
  tensors: Iterable<readonly [string, Tensor]>,
  hash: Hash,
): 'whole' | 'broken' | 'unsealed' {
  if (checksum === undefined) return 'unsealed';
  return checksum === hash(partsOf(metadata, tensors)) ? 'whole' : 'broken';
}

function* partsOf(metadata: Metadata, tensors: Iterable<readonly [string, Tensor]>): Generator<string | Uint8Array> {
  const byName = (a: readonly [string, unknown], b: readonly [string, unknown]) => (a[0] < b[0] ? -1 : 1);
  yield JSON.stringify(Object.entries(metadata).sort(byName));
  for (const [name, { dtype, shape, data }] of [...tensors].sort(byName)) {
    yield JSON.stringify([name, dtype, shape]);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
