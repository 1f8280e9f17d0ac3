import { sha256Parts } from '../../base/node/sha256.ts';
import type { Tensor } from '../../base/tensor.ts';
import { SafetensorsError } from '../errors.ts';
import type { Safetensors } from '../safetensors.ts';
import { sealed, sealOf } from '../seal.ts';
import { readSafetensors, writeSafetensors } from './files.ts';

/** Writes a .safetensors file with a SHA-256 of its content inside, in one step. */
export function writeSealed(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeSafetensors(path, tensors, sealed(metadata, tensors, sha256Parts));
}

/**
 * Reads what {@link writeSealed} wrote. A file without a checksum is an old one, and taken as it is unless `must` says that there
 * has to be one.
 * @throws SafetensorsError where a single bit is another
 */
export async function readSealed(path: string, { must }: { readonly must: boolean }): Promise<Safetensors> {
  const read = await readSafetensors(path);
  const state = sealOf(read.metadata, read.tensors, sha256Parts);
  if (state === 'whole' || (state === 'unsealed' && !must)) return read;
  throw new SafetensorsError(
    `${path} is not what was written: its SHA-256 ${state === 'broken' ? 'is another' : 'is missing'}. It was changed, or disk or memory are damaged`,
  );
}
