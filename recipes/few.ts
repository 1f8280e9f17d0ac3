import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { permutation, random } from '../src/base/random.ts';

interface SplitFile {
  readonly classes: readonly string[];
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** A folder with `shot` pictures of each class to learn from, drawn by the seed, and all test pictures of `from`, which has a split.json. */
export async function fewOf(from: string, shot: number, seed: number): Promise<string> {
  const split: SplitFile = JSON.parse(await readFile(join(from, 'split.json'), 'utf8'));
  const train = split.classes.flatMap((name) => {
    const all = split.train.filter((file) => file.startsWith(`${name}/`));
    return [...permutation(random(seed, 'few', name), all.length)].slice(0, shot).map((i) => all[i]!);
  });
  const to = join(tmpdir(), 'yosegi-recipes', `few-${shot}-${seed}`);
  await rm(to, { recursive: true, force: true });
  for (const file of [...train, ...split.test]) {
    await mkdir(dirname(join(to, 'images', file)), { recursive: true });
    await cp(join(from, 'images', file), join(to, 'images', file));
  }
  await writeFile(join(to, 'split.json'), JSON.stringify({ classes: split.classes, train, test: split.test }));
  return to;
}
