import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { check, messageOf, oneOf } from '../src/base/errors.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { type TrainRunOptions, trainRun } from '../src/run/node/train-run.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { pictureFigures } from '../src/tasks/pictures.ts';

export const root = new URL('..', import.meta.url).pathname;

/** The images and weights are too large for the repository. */
export const shared = process.env.YOSEGI_SHARED ?? resolve(root, '../shared/data');

/** Where the runs of all recipes are kept until the machine forgets them. */
export const runOf = (name: string, seed: number) => join(tmpdir(), 'yosegi-recipes', `${name}-${seed}`);

export interface Recipe {
  readonly seeds: number;
  /** Stops after as many seconds as this recipe took (mean of its seeds). */
  readonly asLongAs?: string;
  readonly run: Omit<TrainRunOptions, 'out' | 'hooks' | 'signal'>;
}

export interface Result {
  readonly name: string;
  readonly seed: number;
  /** The task's leading figure on the test split, and all of them. */
  readonly test: number;
  readonly figures?: Readonly<Record<string, number>>;
  /** Where things are looked for: does a picture show anything at all? */
  readonly pictures?: z.infer<typeof pictureFigures>;
  /** Processor time of training, in seconds: what the wall clock would say of one core, whatever else the machine does. */
  readonly processor?: number;
  readonly images: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly machine: string;
  readonly date: string;
}

export const machine = async () => {
  const { cpu, cores } = describeMachine(await nativeRuntime());
  return `${cpu}, ${cores} cores`;
};

/** `recipes/<file>`, as it is before anything is added. */
export const recorded = async <T>(file: string): Promise<T[]> =>
  JSON.parse(await readFile(join(root, 'recipes', file), 'utf8').catch(() => '[]'));

/** Puts an entry in the place of the one of the same name and seed. */
export async function record<T extends { name: string; seed: number }>(file: string, entry: T): Promise<void> {
  const others = (await recorded<T>(file)).filter((r) => r.name !== entry.name || r.seed !== entry.seed);
  await logTo(file, [...others, entry]);
}

/** Writes a file of `recipes/`, in a folder or not. */
export async function logTo(file: string, value: unknown): Promise<void> {
  const path = join(root, 'recipes', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Trains, tests, and writes the log and the result down. */
export async function carryOut(
  name: string,
  { run, asLongAs }: Recipe,
  seed: number,
  file = 'results.json',
): Promise<void> {
  const others = (await recorded<Result>(file)).filter((r) => r.name === asLongAs).map((r) => r.seconds);
  const limit = asLongAs ? others.reduce((a, b) => a + b, 0) / others.length : undefined;
  if (limit !== undefined && !(limit > 0)) throw new Error(`run ${asLongAs} first: ${name} takes as long`);
  const out = runOf(name, seed);
  const start = performance.now();
  const used = process.cpuUsage();
  const { result } = await trainRun({
    ...run,
    out,
    force: true,
    train: { ...run.train, seed },
    ...(limit !== undefined && { signal: AbortSignal.timeout(Math.round(1000 * limit)) }),
    hooks: {
      onNotice: console.error,
      onEpoch: (e) =>
        console.error(
          `${name} ${seed}: epoch ${e.epoch + 1} loss ${e.trainLoss.toFixed(3)} val ${JSON.stringify(e.val)} ${e.imagesPerSecond.toFixed(0)} img/s`,
        ),
    },
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  const { user, system } = process.cpuUsage(used);
  const { task, figures, images, evaluation } = await evaluateRun(out, { split: 'test' });
  const pictures = z.object({ pictures: pictureFigures }).safeParse(evaluation).data?.pictures;
  const leading = task.figures[0]!.name;
  if (result.history.length > 0) {
    const log = join(root, `recipes/logs/${name}-${seed}.jsonl`);
    await mkdir(dirname(log), { recursive: true });
    await copyFile(join(out, 'log.jsonl'), log);
  }
  const done = {
    name,
    seed,
    test: figures[leading]!,
    figures,
    ...(pictures && { pictures }),
    images,
    epochs: result.history.length,
    seconds,
    processor: Math.round((user + system) / 1e6),
  };
  await record<Result>(file, { ...done, machine: await machine(), date: new Date().toISOString() });
  console.log(JSON.stringify(done));
}

/** Which seeds: as many as a recipe has, the first of them (`3`), or the named ones (`1,2`, `2,`). */
export function seedsOf(asked: string | undefined, all: number): number[] {
  const words = (asked ?? String(all)).split(',');
  const named = words.length > 1;
  // A comma alone makes one number a name: `2,`.
  const numbers = words.filter((word) => word !== '').map(Number);
  check(
    numbers.length > 0 && numbers.every((n) => Number.isInteger(n) && n >= 0) && (named || numbers[0]! > 0),
    () => `--seeds must be how many (3) or which ones (1,2 or 2,), got '${asked}'`,
  );
  return named ? numbers : Array.from({ length: numbers[0]! }, (_, i) => i);
}

/** Carries out the named recipes, or all, each with its seeds (or `seeds` of them); what fails is said, and the next one begins. */
export async function carryOutAll(
  recipes: Readonly<Record<string, Recipe>>,
  names: readonly string[],
  { file = 'results.json', seeds }: { readonly file?: string; readonly seeds?: string | undefined } = {},
): Promise<void> {
  for (const name of names.length > 0 ? names : Object.keys(recipes)) {
    oneOf('recipe', name, Object.keys(recipes));
    for (const seed of seedsOf(seeds, recipes[name]!.seeds)) {
      await carryOut(name, recipes[name]!, seed, file).catch((error: unknown) =>
        console.error(`${name} ${seed}: ${messageOf(error)}`),
      );
    }
  }
}
