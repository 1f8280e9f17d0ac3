import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permutation, random } from '../src/base/random.ts';
import { shared } from './carry-out.ts';

/** noto-emoji-64 with captions of which those to test with are new combinations of words that are all known from others. */

interface Emoji {
  readonly file: string;
  readonly caption: string;
  readonly subcategory: string;
}
type Split = 'train' | 'val' | 'test';

/** Captions of two words at least, each of which stands in so many captions that are trained on. */
const KNOWN = 3;
const [TESTED, VALIDATED] = [100, 50];

const wordsOf = (caption: string) => [...new Set(caption.match(/[\p{L}\d]+/gu) ?? [])];

/** Which caption is for what, drawn by the seed: of those that can be put together from what others say, `TESTED` are to test with. */
export function splitsOf(captions: readonly string[], seed: number): Split[] {
  const words = captions.map(wordsOf);
  const left = new Map<string, number>();
  for (const word of words.flat()) left.set(word, (left.get(word) ?? 0) + 1);
  const splits: Split[] = captions.map(() => 'train');
  const take = (i: number, split: Split) => {
    splits[i] = split;
    for (const word of words[i]!) left.set(word, left.get(word)! - 1);
  };
  const composed = (i: number) => words[i]!.length > 1 && words[i]!.every((word) => left.get(word)! > KNOWN);
  for (const [split, most] of [
    ['test', TESTED],
    ['val', VALIDATED],
  ] as const) {
    let taken = 0;
    for (const i of permutation(random(seed, 'emoji', split), captions.length)) {
      if (taken === most) break;
      if (splits[i] !== 'train' || !composed(i)) continue;
      take(i, split);
      taken++;
    }
  }
  return splits;
}

/** What is learned of captions, which have two words in the middle: one block reads them. Pictures that were `drawn` otherwise are learned in latents. */
export const emojiOptions = (drawn?: string) => ({
  ...{ textLength: 16, textVocabulary: 1200, textWidth: 64, textDepth: 1 },
  ...(drawn !== undefined && { autoencoder: join(shared, 'taef2/taef2.safetensors') }),
});

/** Two folders: all pictures with captions and the split; and, of those to train on, a folder for each kind. With `drawn`, the folder's WebP pictures of the same names. */
export async function emojiFolders(seed: number, drawn?: string) {
  const from = join(shared, 'noto-emoji-64');
  const images = drawn ?? join(from, 'images');
  const there = new Set(await readdir(images));
  const nameIn = (file: string) => (drawn === undefined ? file : file.replace(/\.png$/, '.webp'));
  const text = await readFile(join(from, 'captions.jsonl'), 'utf8');
  const all = text
    .trim()
    .split('\n')
    .map((line): Emoji => JSON.parse(line))
    .map((emoji) => ({ ...emoji, file: nameIn(emoji.file) }))
    .filter(({ file }) => there.has(file));
  const splits = splitsOf(
    all.map(({ caption }) => caption),
    seed,
  );
  const to = join(tmpdir(), 'yosegi-recipes', `emoji${drawn === undefined ? '' : '-drawn'}-${seed}`);
  await rm(to, { recursive: true, force: true });
  const [told, kinds] = [join(to, 'told'), join(to, 'kinds')];
  await mkdir(join(told, 'images'), { recursive: true });
  const lines: string[] = [];
  for (const [i, { file, caption, subcategory }] of all.entries()) {
    const split = splits[i]!;
    await copyFile(join(images, file), join(told, 'images', file));
    lines.push(JSON.stringify({ file, caption, split }));
    if (split !== 'train') continue;
    await mkdir(join(kinds, subcategory), { recursive: true });
    await copyFile(join(images, file), join(kinds, subcategory, file));
  }
  await writeFile(join(told, 'captions.jsonl'), `${lines.join('\n')}\n`);
  return { told, kinds, tested: all.filter((_, i) => splits[i] === 'test').map(({ caption }) => caption) };
}
