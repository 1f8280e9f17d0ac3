import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from '../src/base/errors.ts';
import { permutation, random } from '../src/base/random.ts';
import { writePng } from '../src/feed/node/sheet.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { bestMaker } from '../src/run/node/maker.ts';
import { loadRun } from '../src/run/node/run-folder.ts';
import { trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { evaluationSchema } from '../src/tasks/classify/evaluation.ts';
import { machine, type Recipe, record, recorded, runOf, seedsOf, shared } from './carry-out.ts';
import { trainedFor } from './timed.ts';

/**
 * `npx tsx recipes/rare.ts [--shots 10,20] [--seeds 5] [--minutes 8]`: whether made pictures of rare defects help a classifier. X-SDD at 64 pixels, its three rarest
 * classes cut to so many training pictures (drawn by the seed). A network that makes pictures is trained on what is left for so many
 * minutes of one core; its pictures fill the rare classes up to 100. The classifier (the network in the box, fine-tuned) is trained as it is,
 * with every class equally often, with more augmentation, with the made pictures, and with these and every class equally often; the same
 * number of steps each. Tested on the given test split. Writes recipes/rare.json; what it has already is left out.
 */
const FILE = 'rare.json';
const rare = ['oxide-scale-of-plate-system', 'iron-sheet-ash', 'surface-scratch'];
const FULL = 100;
const SIZE = 64;
const STEPS = 260;
const BATCH = 32;

interface SplitFile {
  readonly classes: readonly string[];
  readonly train: readonly string[];
  readonly test: readonly string[];
}

const from = join(shared, 'x-sdd');

/** X-SDD with few pictures of the rare classes to train on; with `made`, these too. */
async function dataOf(shots: number, seed: number, made?: readonly string[]): Promise<string> {
  const split: SplitFile = JSON.parse(await readFile(join(from, 'split.json'), 'utf8'));
  const kept = split.classes.flatMap((name) => {
    const all = split.train.filter((file) => file.startsWith(`${name}/`));
    if (!rare.includes(name)) return all;
    return [...permutation(random(seed, 'rare', name), all.length)].slice(0, shots).map((i) => all[i]!);
  });
  const to = join(tmpdir(), 'yosegi-recipes', `rare-${shots}-${seed}${made ? '-made' : ''}`);
  await rm(to, { recursive: true, force: true });
  for (const file of [...kept, ...split.test]) {
    await mkdir(dirname(join(to, 'images', file)), { recursive: true });
    await cp(join(from, 'images', file), join(to, 'images', file));
  }
  const more = (made ?? []).map((path) => ({ path, file: path.split('/').slice(-2).join('/') }));
  for (const { path, file } of more) await cp(path, join(to, 'images', file));
  const train = [...kept, ...more.map(({ file }) => file)];
  await writeFile(join(to, 'split.json'), JSON.stringify({ classes: split.classes, train, test: split.test }));
  return to;
}

/** Pictures of the rare classes, as many as are missing to 100, made by a network that knows only what is left of them. */
async function madeOf(shots: number, seed: number, seconds: number): Promise<readonly string[]> {
  const name = `rare-maker-${shots}`;
  const out = runOf(name, seed);
  const run: Recipe['run'] = {
    ...{ data: await dataOf(shots, seed), task: 'generate', model: 'ascan-unet-nano', size: SIZE },
    overrides: { patch: 4, expand: 2, headDim: 24, condition: 128, layout: 'CCC|CCT|CTT', widths: [24, 48, 96] },
    // Classes equally often, so that the rare ones are learned too.
    ...{ sampling: 'balanced', taskOptions: { showEvery: 0 } },
    train: { batch: 16, lr: 1e-3, warmup: 1, ema: 0.998, threads: 1, evalEvery: 8, seed },
  };
  const { epochs, processor } = await trainedFor(seconds, run, out);
  const maker = await bestMaker(await loadRun(out), await nativeRuntime({ threads: 1 }));
  const paths: string[] = [];
  for (const kind of rare) {
    const label = maker.classes.indexOf(kind);
    const wishes = Array.from({ length: FULL - shots }, (_, i) => ({ label, seed: i }));
    const { pictures } = await maker.make(wishes, { making: { steps: 20, guidance: 2 } });
    await mkdir(join(out, 'pictures', kind), { recursive: true });
    for (const [i, picture] of pictures.entries()) {
      const path = join(out, 'pictures', kind, `made-${String(i).padStart(3, '0')}.png`);
      await writePng(path, picture);
      paths.push(path);
    }
  }
  await maker.close();
  await record('rare-makers.json', { name, seed, epochs, processor, pictures: paths.length });
  return paths;
}

const ways = {
  plain: {},
  oversampled: { sampling: 'balanced' },
  augmented: { recipe: 'standard' },
  made: { made: true },
  'made-oversampled': { made: true, sampling: 'balanced' },
} as const satisfies Record<string, Partial<Pick<Recipe['run'], 'sampling' | 'recipe'>> & { readonly made?: boolean }>;
type Way = keyof typeof ways;

async function classified(way: Way, shots: number, seed: number, made: () => Promise<readonly string[]>) {
  const { made: withMade, ...options }: { made?: boolean } & Partial<Recipe['run']> = ways[way];
  const data = await dataOf(shots, seed, withMade ? await made() : undefined);
  const split: SplitFile = JSON.parse(await readFile(join(data, 'split.json'), 'utf8'));
  // As many steps, whatever the number of pictures.
  const epochs = Math.round(STEPS / Math.floor(split.train.length / BATCH));
  const name = `rare-${shots}-${way}`;
  const out = runOf(name, seed);
  const { result } = await trainRun({
    ...{ data, out, force: true, task: 'classify', weights: 'box:mobilenetv2-imagenet', size: SIZE, valFraction: 0 },
    ...options,
    train: {
      epochs,
      batch: BATCH,
      lr: 1e-3,
      warmup: 0.5,
      threads: 1,
      freeze: ['blocks.1'],
      seed,
      checkpointSeconds: 600,
    },
  });
  const { evaluation } = await evaluateRun(out, { split: 'test', threads: 1 });
  const { accuracy, balancedAccuracy, classes } = evaluationSchema.parse(evaluation);
  const of = (names: readonly string[]) => {
    const some = classes.filter((c) => names.includes(c.name));
    return some.reduce((sum, c) => sum + c.recall, 0) / some.length;
  };
  const done = {
    ...{ name, seed, way, shots, pictures: split.train.length, steps: result.history.at(-1)!.step },
    ...{ accuracy, balancedAccuracy, recallOfRare: of(rare) },
    recalls: Object.fromEntries(rare.map((kind) => [kind, of([kind])])),
    recallOfOthers: of(classes.map((c) => c.name).filter((c) => !rare.includes(c))),
    ...{ machine: await machine(), date: new Date().toISOString() },
  };
  await record(FILE, done);
  console.log(JSON.stringify(done));
}

const { values } = parseArgs({
  options: {
    shots: { type: 'string', default: '10,20' },
    seeds: { type: 'string' },
    minutes: { type: 'string', default: '8' },
  },
});
const minutes = Number(values.minutes);
check(minutes > 0, () => `--minutes must be a number above 0, got '${values.minutes}'`);
for (const shots of values.shots.split(',').map(Number)) {
  check(
    Number.isInteger(shots) && shots > 0 && shots < 50,
    () => `--shots must be numbers from 1 to 49, got '${values.shots}'`,
  );
  for (const seed of seedsOf(values.seeds, 5)) {
    let pictures: Promise<readonly string[]> | undefined;
    const made = () => {
      pictures ??= madeOf(shots, seed, 60 * minutes);
      return pictures;
    };
    for (const way of Object.keys(ways) as Way[]) {
      const known = await recorded<{ name: string; seed: number }>(FILE);
      if (known.some((r) => r.name === `rare-${shots}-${way}` && r.seed === seed)) continue;
      await classified(way, shots, seed, made);
    }
  }
}
