import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isFileAt } from '../src/base/node/there.ts';
import { permutation, random } from '../src/base/random.ts';

interface SplitFile {
  readonly classes: readonly string[];
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** What lies where: as split.json says, or in the folders train and test. */
async function splitIn(from: string): Promise<SplitFile & { readonly folders: { train: string; test: string } }> {
  const file = join(from, 'split.json');
  if (await isFileAt(file)) {
    const images = join(from, 'images');
    return { ...JSON.parse(await readFile(file, 'utf8')), folders: { train: images, test: images } };
  }
  const folders = { train: join(from, 'train'), test: join(from, 'test') };
  const classes = (await readdir(folders.train)).sort();
  const within = async (folder: string) => {
    const found = await Promise.all(classes.map((name) => readdir(join(folder, name))));
    return found.flatMap((files, i) => files.sort().map((name) => `${classes[i]}/${name}`));
  };
  return { classes, train: await within(folders.train), test: await within(folders.test), folders };
}

/** A folder with `shot` pictures of each class to learn from, drawn by the seed, and all test pictures of `from`, which has a split.json or folders train and test. */
export const fewOf = (from: string, shot: number, seed: number): Promise<string> =>
  drawn(from, `${shot}`, () => shot, seed);

/** The same with a share of each class, rounded, and one picture at least. */
export const shareOf = (from: string, share: number, seed: number): Promise<string> =>
  drawn(from, `share-${share}`, (all) => Math.max(1, Math.round(share * all)), seed);

async function drawn(from: string, what: string, amount: (all: number) => number, seed: number): Promise<string> {
  const split = await splitIn(from);
  const train = split.classes.flatMap((name) => {
    const all = split.train.filter((file) => file.startsWith(`${name}/`));
    return [...permutation(random(seed, 'few', name), all.length)].slice(0, amount(all.length)).map((i) => all[i]!);
  });
  const to = join(tmpdir(), 'yosegi-recipes', `few-${basename(from)}-${what}-${seed}`);
  await rm(to, { recursive: true, force: true });
  for (const part of ['train', 'test'] as const)
    for (const file of { train, test: split.test }[part]) {
      await mkdir(dirname(join(to, 'images', file)), { recursive: true });
      await cp(join(split.folders[part], file), join(to, 'images', file));
    }
  await writeFile(join(to, 'split.json'), JSON.stringify({ classes: split.classes, train, test: split.test }));
  return to;
}
