import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { check, messageOf, YosegiError } from '../../../base/errors.ts';
import { atomicWrite } from '../../../base/node/atomic.ts';
import { sha256 } from '../../../base/node/sha256.ts';
import type { Preprocessing } from '../../../data/preprocess.ts';
import type { Program, Runtime } from '../../../runtime/runtime.ts';
import { type Latents, STAGE_FILES, type Way } from '../../latents.ts';
import type { Run } from '../../records.ts';

/** An autoencoder that is fitted to a data set. */
export interface FirstStage {
  readonly record: Latents;
  /** How its pictures are scaled. */
  readonly scaling: Pick<Preprocessing, 'mean' | 'std'>;
  readonly files: Readonly<Record<Way, Uint8Array>>;
}

/** Keeps both ways in a run's folder. */
export async function keepStage(out: string, { files }: FirstStage): Promise<void> {
  for (const [way, path] of Object.entries(STAGE_FILES)) {
    await mkdir(dirname(join(out, path)), { recursive: true });
    await atomicWrite(join(out, path), files[way as Way]);
  }
}

/**
 * The file of one way, as the run began with it.
 * @throws YosegiError where it is gone or another one
 */
export async function readStage(folder: string, { latents }: Run, way: Way): Promise<Uint8Array> {
  const path = join(folder, STAGE_FILES[way]);
  check(latents, () => `${folder} works on pixels: it has no ${way}`);
  const file = await readFile(path).catch((cause) => {
    throw new YosegiError(`the ${way} that this run works with cannot be read (${path}): ${messageOf(cause)}`, {
      cause,
    });
  });
  check(sha256(file) === latents.sha256[way], () => `${path} is not the ${way} that this run began with: train anew`);
  return new Uint8Array(file);
}

/** A way of a run's autoencoder as a program; undefined where the network works on pixels. */
export const openStage = async (folder: string, run: Run, runtime: Runtime, way: Way): Promise<Program | undefined> =>
  run.latents && runtime.load(await readStage(folder, run, way), { idle: 'sleep' });
