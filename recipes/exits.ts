import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, oneOf } from '../src/base/errors.ts';
import { recipe } from '../src/data/augment/recipe.ts';
import { calibrateRun } from '../src/exits/node/calibrate-run.ts';
import { exitsText } from '../src/exits/text.ts';
import { early, light, lightest } from './branches.ts';
import { carryOut, logTo, type Recipe, runOf, shared } from './carry-out.ts';

/**
 * `npx tsx recipes/exits.ts [names] [--measure]`: what leaving early is worth. Trains a network with exits and the same network
 * without, chooses a policy on the val split, tries it on the test split, and times both on this machine. With `--measure` the
 * runs of an earlier call are only measured again. Writes recipes/logs/, recipes/results.json and recipes/exits/<name>.json (all
 * that `yosegi exits` knows); recipes/README.md tells what came out.
 */
interface Comparison {
  /** Network with exits. */
  readonly exits: Recipe;
  /** Name of the network without, see `alone`. */
  readonly beside: keyof typeof alone;
}

const mobilenet = {
  model: 'tf_mobilenetv2_100',
  weights: join(shared, 'mobilenet-v2-imagenet'),
  preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], cropMode: 'squash' },
} satisfies Partial<Recipe['run']>;
const fine = { batch: 32, lr: 1e-3, warmup: 0.5, ema: 0.98, checkpointSeconds: 600, freeze: ['blocks.1'] };

const steel: Recipe['run'] = {
  ...mobilenet,
  data: join(shared, 'x-sdd'),
  size: 224,
  valFraction: 0.1,
  recipe: { ...recipe('light'), vflip: 0.5 },
  train: { ...fine, epochs: 20 },
};
const clothes: Recipe['run'] = {
  ...mobilenet,
  data: join(shared, 'clothing-128'),
  size: 128,
  recipe: 'light',
  train: { ...fine, epochs: 12 },
};

/** The same networks without exits. */
const alone = {
  'x-sdd-alone': { seeds: 1, run: steel },
  'clothing-alone': { seeds: 1, run: clothes },
} satisfies Record<string, Recipe>;

const together = (run: Recipe['run']): Recipe => ({ seeds: 1, run: { ...run, overrides: { perceiver: early } } });
/** Exits are added to the trained network, which stays as it is: its own classifier is the last of them, and their teacher. */
const added = (run: Recipe['run'], from: keyof typeof alone, branch: object): Recipe => ({
  seeds: 1,
  run: {
    ...run,
    weights: join(runOf(from, 0), 'best/model.safetensors'),
    overrides: { perceiver: { ...branch, merged: false } },
    train: { ...run.train, freeze: ['backbone', 'classifier.*'], lr: 2e-3 },
    taskOptions: { exitWeights: [1, 1, 0] },
  },
});

const recipes: Readonly<Record<string, Comparison>> = {
  'x-sdd-exits': { exits: together(steel), beside: 'x-sdd-alone' },
  'x-sdd-added': { exits: added(steel, 'x-sdd-alone', light), beside: 'x-sdd-alone' },
  'x-sdd-lightest': { exits: added(steel, 'x-sdd-alone', lightest), beside: 'x-sdd-alone' },
  'clothing-added': { exits: added(clothes, 'clothing-alone', light), beside: 'clothing-alone' },
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { measure: { type: 'boolean' } } });

async function compare(name: string): Promise<void> {
  const { exits, beside } = recipes[name]!;
  const trained = (run: string) => existsSync(join(runOf(run, 0), 'best/model.safetensors'));
  if (!trained(beside)) await carryOut(beside, alone[beside], 0);
  if (!values.measure || !trained(name)) await carryOut(name, exits, 0);
  const record = await calibrateRun(runOf(name, 0), { statics: [runOf(beside, 0)], onNotice: console.error });
  await logTo(`exits/${name}.json`, record);
  console.log(exitsText(record));
}

for (const name of positionals.length > 0 ? positionals : Object.keys(recipes)) {
  oneOf('recipe', name, [...Object.keys(recipes), ...Object.keys(alone)]);
  const done = Object.hasOwn(alone, name) ? carryOut(name, alone[name as keyof typeof alone], 0) : compare(name);
  await done.catch((error: unknown) => console.error(`${name}: ${messageOf(error)}`));
}
