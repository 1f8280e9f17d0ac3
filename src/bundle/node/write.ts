import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FolderKind, replaceFolder } from '../../base/node/place-folder.ts';
import { sha256 } from '../../base/node/sha256.ts';
import type { Tensor } from '../../base/tensor.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { MANIFEST, type Manifest, sealManifest } from '../manifest.ts';

const bundles: FolderKind = { marker: MANIFEST, noun: 'bundle', elsewhere: 'choose another folder' };

/** A bundle's files by path. */
export type Files = readonly (readonly [path: string, content: string | Uint8Array])[];
/** A manifest without what follows from the files. */
export type Description = Omit<Manifest, 'checksum' | 'files'>;

/** Writes a bundle with its manifest, as a whole: nobody sees half of it. */
export async function writeBundle(
  folder: string,
  force: boolean,
  description: Description,
  files: Files,
): Promise<Manifest> {
  const listed = { ...description, files: files.map(([path, content]) => ({ path, ...fingerprint(content) })) };
  const text = sealManifest(listed, sha256);
  await replaceFolder(folder, force, bundles, (fresh) => writeFiles(fresh, [...files, [MANIFEST, text]]));
  return JSON.parse(text);
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export const oneTensor = (name: string, t: Tensor) => encodeSafetensors([[name, t]]);
export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function fingerprint(content: string | Uint8Array): { bytes: number; sha256: string } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { bytes: bytes.length, sha256: sha256(bytes) };
}
