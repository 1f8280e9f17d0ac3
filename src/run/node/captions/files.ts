import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check, messageOf, YosegiError } from '../../../base/errors.ts';
import { atomicWrite } from '../../../base/node/atomic.ts';
import { sha256 } from '../../../base/node/sha256.ts';
import { type Tokenizer, tokenizerOf } from '../../../text/tokenizer.ts';
import { CAPTION_FILES, type CaptionFile } from '../../captions.ts';
import type { Run } from '../../records.ts';

/** Who reads captions, as files. */
export type CaptionFiles = Partial<Record<CaptionFile, Uint8Array>>;

/** Keeps them in a run's folder. */
export async function keepCaptionFiles(out: string, files: CaptionFiles): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(out, CAPTION_FILES[name as CaptionFile]);
    await mkdir(dirname(path), { recursive: true });
    await atomicWrite(path, bytes);
  }
}

/**
 * A file, as the run began with it; undefined where it has none.
 * @throws YosegiError where it is gone or another one
 */
export async function readCaptionFile(
  folder: string,
  { captions }: Run,
  name: CaptionFile,
): Promise<Uint8Array | undefined> {
  const wanted = captions?.sha256[name];
  if (wanted === undefined) return undefined;
  const path = join(folder, CAPTION_FILES[name]);
  const file = await readFile(path).catch((cause) => {
    throw new YosegiError(`what this run reads captions with is gone (${path}): ${messageOf(cause)}`, { cause });
  });
  check(sha256(file) === wanted, () => `${path} is not the one that this run began with: train anew`);
  return new Uint8Array(file);
}

/** The tokenizer of a run that is told captions. */
export async function openRunTokenizer(folder: string, run: Run): Promise<Tokenizer> {
  const json = await readCaptionFile(folder, run, 'tokenizer');
  check(json, () => `${folder} is no run that is told captions`);
  return tokenizerOf(json, await readCaptionFile(folder, run, 'settings'));
}
