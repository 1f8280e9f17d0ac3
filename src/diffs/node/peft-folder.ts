import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PEFT_CONFIG, PEFT_WEIGHTS, type PeftAdapters, readPeft, writePeft } from '../../adapters/peft.ts';
import { check } from '../../base/errors.ts';
import { type FolderKind, replaceFolder } from '../../base/node/place-folder.ts';
import { readJson } from '../../base/node/read-json.ts';
import { isFileAt } from '../../base/node/there.ts';
import { adaptedBy } from '../../run/adapted.ts';
import { readSafetensors } from '../../weights/node/files.ts';
import { encodeSafetensors } from '../../weights/safetensors.ts';
import { baseAt, openBase } from './base.ts';
import type { Diff } from './read-diff.ts';

const folders: FolderKind = { marker: PEFT_CONFIG, noun: 'folder of adapters', elsewhere: 'choose another --peft' };

/** Whether a folder is one that PEFT saved. */
export const isPeftFolder = (folder: string): Promise<boolean> => isFileAt(join(folder, PEFT_CONFIG));

/**
 * Reads the two files that PEFT saves.
 * @throws YosegiError that says what in them is not read
 */
export async function readPeftFolder(folder: string): Promise<PeftAdapters> {
  const config = await readJson(join(folder, PEFT_CONFIG), z.looseObject({}), 'Save the adapters again with PEFT');
  check(config, () => `${folder} has no ${PEFT_CONFIG}`);
  const { tensors } = await readSafetensors(join(folder, PEFT_WEIGHTS));
  return readPeft(config, tensors);
}

/**
 * Writes the low-rank pairs of a diff as PEFT saves them; its head is not among them. `base` is its backbone.
 * @throws YosegiError where PEFT has no form for one of them
 */
export async function writePeftFolder(base: string, { record, learned }: Diff, out: string): Promise<void> {
  const { model } = await openBase(await baseAt(base), record.run);
  const adapted = adaptedBy(record.run, model);
  check(
    adapted && adapted.layers.length > 0,
    'the diff has no adapters beside layers: there is nothing that PEFT could take',
  );
  const { config, tensors } = writePeft(adapted, learned);
  await replaceFolder(out, false, folders, async (fresh) => {
    await writeFile(join(fresh, PEFT_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
    await writeFile(join(fresh, PEFT_WEIGHTS), encodeSafetensors(tensors, { format: 'pt' }));
  });
}
