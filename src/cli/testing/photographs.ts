import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../demo/data/x-sdd/images', import.meta.url));

/** Three kinds of steel defect that differ to the eye. */
export const classes = ['red-iron', 'slag-inclusion', 'surface-scratch'] as const;

/** For tests: copies the first `each` photographs of three classes into `folder`, a folder for each class. */
async function copyPhotographs(folder: string, each = 12): Promise<string> {
  for (const name of classes) {
    await mkdir(join(folder, name), { recursive: true });
    const files = (await readdir(join(source, name))).sort().slice(0, each);
    for (const file of files) await cp(join(source, name, file), join(folder, name, file));
  }
  return folder;
}

/** For tests: a temporary folder with a folder `images` of photographs in it. */
export async function workplace(each?: number): Promise<{ root: string; images: string; remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'yosegi-cli-'));
  const images = await copyPhotographs(join(root, 'images'), each);
  return { root, images, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Options of a training that takes a few seconds. */
export const quick = [
  ...['--model', 'ascan-micro', '--layout', 'C|C|CT|T', '--size', '32', '--batch', '8', '--threads', '1'],
] as const;
