import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Preprocessing } from '../../data/preprocess.ts';
import { importFolder } from '../../imported/node/import-folder.ts';
import { writeModelFile } from '../../onnx/node/files.ts';
import { toOnnx } from '../../onnx/print.ts';
import type { Pruned } from '../prune.ts';

export interface Described {
  /** Names of the classes, where they have any. */
  readonly labels: readonly string[] | undefined;
  readonly preprocessing: Preprocessing;
  /** Replaces a model that is already there. */
  readonly force: boolean;
}

/** Writes a pruned network as a model folder: what `yosegi import` would make of its file. `work`: an empty folder. */
export async function writePruned(
  folder: string,
  { graph, weights }: Pruned,
  { labels, preprocessing: { size: _, ...preprocessing }, force }: Described,
  work: string,
): Promise<void> {
  const file = join(work, `${basename(folder)}.onnx`);
  const names = join(work, 'labels.txt');
  await writeModelFile(file, toOnnx(graph, { constants: weights, target: 'standard' }));
  if (labels) await writeFile(names, labels.map((name) => `${name}\n`).join(''));
  await importFolder(file, folder, { ...(labels && { labels: names }), preprocessing, force });
}
