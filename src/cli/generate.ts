import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { check } from '../base/errors.ts';
import { yosegiVersion } from '../base/node/version.ts';
import type { Image } from '../data/image.ts';
import { withPngText } from '../data/node/png-text.ts';
import { rowsSheet, writePng } from '../feed/node/sheet.ts';
import { openMaker } from '../predict/node/open-maker.ts';
import { type Device, devices } from '../runtime/node/open.ts';
import { choice, shareOfAll, whole } from './arguments.ts';
import { readFrom } from './from-picture.ts';
import { makings, pickMaking } from './makings.ts';
import { statusLine } from './progress.ts';
import { addSchemaOptions } from './schema-options.ts';
import { fileNames, wishesFor } from './wishes.ts';

interface Flags {
  class?: string[];
  count: number;
  seed: number;
  from?: string;
  mask?: string;
  strength?: number;
  out: string;
  batch: number;
  threads?: number;
  device: Device;
}

/** `yosegi generate RUN`: pictures out of noise, or out of a picture. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .description(
      'make new pictures of a class, or of what a text says, with a network that was trained for it (train --task generate)',
    )
    .argument('<run>', 'run folder or bundle')
    .argument(
      '[text...]',
      'what they should show, in words, for a network that is told captions; several texts: some pictures of each',
    )
    .option('--class <name...>', 'what they should show (default: every class that was trained)')
    .option('--count <n>', 'pictures of each class or text', whole(1, 100_000), 16)
    .option(
      '--seed <n>',
      'of the first picture; the others count on. The same seed gives the same picture',
      whole(0),
      0,
    )
    .option('--from <picture>', 'what they begin as, instead of noise alone: made anew as far as --strength says')
    .option('--mask <picture>', 'as large as --from: what is white is made anew, all else stays as it is')
    .option('--strength <share>', 'how much of --from is made anew (default: 0.6; with --mask 1)', shareOfAll)
    .requiredOption('--out <folder>', 'where they go: a new or empty folder');
  for (const options of makings) addSchemaOptions(command, options);
  return command
    .option('--batch <n>', 'pictures at a time', whole(1, 1024), 16)
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .action(run);
}

/** Pictures of a class that the sheet shows. */
const SHOWN = 16;

async function run(folder: string, texts: readonly string[], flags: Flags): Promise<void> {
  const line = statusLine();
  const note = (message: string) => {
    line.clear();
    process.stderr.write(`${message}\n`);
  };
  await newFolder(flags.out);
  const maker = await openMaker(folder, { ...flags, onNotice: note });
  try {
    const from = await readFrom(flags, maker.preprocessing, note);
    const wishes = wishesFor(maker, texts, flags.class, note);
    const files = fileNames(wishes);
    const making = pickMaking(flags);
    const seeds = Array.from({ length: flags.count }, (_, i) => flags.seed + i);
    const wanted = wishes.flatMap(({ wish }) => seeds.map((seed) => ({ ...wish, seed })));
    const began = performance.now();
    const {
      pictures,
      evaluations,
      from: fitted,
    } = await maker.make(wanted, {
      making,
      ...(from && { from: from.picture }),
      batch: flags.batch,
      onStep: (done, of) => line.show(`making ${wanted.length} pictures, step ${done}/${of}`),
    });
    const ms = (performance.now() - began) / wanted.length;
    const version = await yosegiVersion();
    for (const [i, { text, seed }] of wanted.entries()) {
      const k = Math.floor(i / seeds.length);
      const shows: Record<string, string> = text === undefined ? { Class: wishes[k]!.name } : { Description: text };
      const words = { Software: `yosegi ${version}`, ...shows, Seed: String(seed), Making: JSON.stringify(making) };
      const file = join(flags.out, `${files[k]}-${String(seed).padStart(4, '0')}.png`);
      await writeFile(file, withPngText(await png(pictures[i]!), latin({ ...words, ...from?.words })));
    }
    const made = wishes.map(({ name }, k) => ({
      name,
      pictures: pictures.slice(k * flags.count, k * flags.count + Math.min(SHOWN, flags.count)),
    }));
    const rows = fitted ? [{ name: `from ${from!.words.From}`, pictures: [fitted] }, ...made] : made;
    await writePng(join(flags.out, 'sheet.png'), await rowsSheet(rows));
    line.clear();
    process.stdout.write(
      `${wanted.length} pictures in ${flags.out}, seeds ${seeds[0]} to ${seeds.at(-1)}; sheet.png shows ${made[0]!.pictures.length} of each ${maker.captions ? 'text' : 'class'}\n` +
        `${evaluations} network evaluations a picture, ${ms.toFixed(0)} ms a picture\n`,
    );
  } finally {
    await maker.close();
  }
}

async function newFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  check(
    there.length === 0,
    () =>
      `${folder} holds ${there.length} files (${there[0]} …), which pictures might replace: give --out a new folder`,
  );
}

/** What PNG text cannot hold is written as \u escapes. */
const latin = (words: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(words).map(([key, text]) => [
      key,
      text.replace(/[^\x20-\x7e\xa1-\xff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ]),
  );

const png = ({ width, height, data }: Image) =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
