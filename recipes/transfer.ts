import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, oneOf } from '../src/base/errors.ts';
import { recipe } from '../src/data/augment/recipe.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { evaluateRun } from '../src/train/node/evaluate-run.ts';
import { type TrainRunOptions, trainRun } from '../src/train/node/train-run.ts';

/**
 * `npx tsx recipes/transfer.ts [names]`: what pretrained weights are worth. From an ImageNet MobileNetV2 to steel defects and to
 * clothes, beside the same network from scratch in the same time. Writes recipes/logs/<name>-<seed>.jsonl and
 * recipes/results.json; recipes/README.md tells what came out. The images and weights lie in YOSEGI_SHARED (default
 * ../shared/data): the weights are too large for the repository.
 */
const root = new URL('..', import.meta.url).pathname;
const shared = process.env.YOSEGI_SHARED ?? resolve(root, '../shared/data');

type Parts = Omit<TrainRunOptions, 'out' | 'hooks' | 'signal'>;

const base = {
  model: 'tf_mobilenetv2_100',
  preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], cropMode: 'squash' },
  sampling: 'shuffle',
} satisfies Partial<Parts>;
const weights = join(shared, 'mobilenet-v2-imagenet');
const steel = {
  ...base,
  data: join(shared, 'x-sdd'),
  size: 224,
  valFraction: 0.05,
  recipe: { ...recipe('light'), vflip: 0.5 },
};
const clothes = { ...base, data: join(shared, 'clothing-128'), size: 128, recipe: 'light' };
const fine = { batch: 32, lr: 1e-3, warmup: 0.5, ema: 0.98, checkpointSeconds: 600 };
const probe = { probe: true, epochs: 60, batch: 64, lr: 3e-3, weightDecay: 0.01 };

interface Recipe {
  readonly seeds: number;
  /** Stops after as many seconds as this recipe took (mean of its seeds). */
  readonly asLongAs?: string;
  readonly run: Parts;
}

const recipes: Readonly<Record<string, Recipe>> = {
  'x-sdd-probe': { seeds: 1, run: { ...steel, weights, recipe: 'none', train: probe } },
  'x-sdd-fine': { seeds: 3, run: { ...steel, weights, train: { ...fine, epochs: 12, freeze: ['blocks.4'] } } },
  'x-sdd-scratch': {
    seeds: 1,
    asLongAs: 'x-sdd-fine',
    run: { ...steel, train: { ...fine, lr: 2e-3, epochs: 3, ema: 0.9 } },
  },
  'clothing-probe': { seeds: 1, run: { ...clothes, weights, recipe: 'none', train: probe } },
  'clothing-fine': { seeds: 1, run: { ...clothes, weights, train: { ...fine, epochs: 12, freeze: ['blocks.4'] } } },
  'clothing-scratch': {
    seeds: 1,
    asLongAs: 'clothing-fine',
    run: { ...clothes, train: { ...fine, lr: 2e-3, epochs: 2, ema: 0.9 } },
  },
};

interface Result {
  readonly name: string;
  readonly seed: number;
  readonly test: number;
  readonly images: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly machine: string;
  readonly date: string;
}

const resultsFile = join(root, 'recipes/results.json');
const results: Result[] = JSON.parse(await readFile(resultsFile, 'utf8').catch(() => '[]'));
const { cpu, cores } = describeMachine(await nativeRuntime());

async function carryOut(name: string, seed: number): Promise<void> {
  const { run, asLongAs } = recipes[name]!;
  const others = results.filter((r) => r.name === asLongAs).map((r) => r.seconds);
  const limit = asLongAs ? others.reduce((a, b) => a + b, 0) / others.length : undefined;
  if (limit !== undefined && !(limit > 0)) throw new Error(`run ${asLongAs} first: ${name} takes as long`);
  const out = join(tmpdir(), 'yosegi-recipes', `${name}-${seed}`);
  const start = performance.now();
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
          `${name} ${seed}: epoch ${e.epoch + 1} loss ${e.trainLoss.toFixed(3)} val ${e.valAccuracy?.toFixed(4)} ${e.imagesPerSecond.toFixed(0)} img/s`,
        ),
    },
  });
  const seconds = (performance.now() - start) / 1000;
  const { accuracy, images } = await evaluateRun(out, { split: 'test' });
  await mkdir(join(root, 'recipes/logs'), { recursive: true });
  await copyFile(join(out, 'log.jsonl'), join(root, `recipes/logs/${name}-${seed}.jsonl`));
  const done = { name, seed, test: accuracy, images, epochs: result.history.length, seconds: Math.round(seconds) };
  const kept = results.filter((r) => r.name !== name || r.seed !== seed);
  results.splice(0, results.length, ...kept, {
    ...done,
    machine: `${cpu}, ${cores} cores`,
    date: new Date().toISOString(),
  });
  await writeFile(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
  console.log(JSON.stringify(done));
}

const { positionals } = parseArgs({ allowPositionals: true });
for (const name of positionals.length > 0 ? positionals : Object.keys(recipes)) {
  oneOf('recipe', name, Object.keys(recipes));
  for (let seed = 0; seed < recipes[name]!.seeds; seed++) {
    await carryOut(name, seed).catch((error: unknown) => console.error(`${name} ${seed}: ${messageOf(error)}`));
  }
}
