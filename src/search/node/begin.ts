import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { adapterOptions } from '../../adapters/options.ts';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { LEAST_IMAGES } from '../../exits/calibration/calibrate.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import { openDrawn } from '../../run/node/drawn.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { planOf } from '../../run/node/plan.ts';
import { pretrained } from '../../run/node/pretrained.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { taskOf } from '../../tasks/node/read-layout.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { TrainOptions } from '../../train/options.ts';
import type { GeneratorName } from '../generator.ts';
import type { Limits, ScoreWeights } from '../score.ts';
import { choicesOf, type Space, settle } from '../space.ts';
import { SEARCH_FILE, type SearchRecord, TRIALS_FILE, writeSearch } from './journal.ts';
import { STARTS } from './probes.ts';

/** What a search is begun with. */
export interface Beginning {
  readonly data: string;
  readonly space: Space;
  readonly task?: string;
  readonly size?: number | readonly [number, number];
  readonly generator: GeneratorName;
  readonly limits: Limits;
  readonly weights: ScoreWeights;
  readonly rungs: readonly number[];
  readonly eta?: number;
  readonly seed: number;
  readonly train?: Partial<TrainOptions>;
  readonly threads?: number;
  readonly force?: boolean;
}

/** Writes down what is searched, in a folder that holds no search, or one that may be replaced. */
export async function begun(
  out: string,
  { data, space, force, task: named, train = {}, threads = 1, eta = 3, rungs, ...rest }: Beginning,
  hooks: Hooks,
): Promise<SearchRecord> {
  const there = await isFileAt(join(out, SEARCH_FILE));
  const others = (await readdir(out)).filter((name) => !name.startsWith('.'));
  check(others.length === 0 || (there && force), () =>
    there
      ? `${out} already holds a search: go on with it (--resume), replace it (--force), or choose another --out`
      : `${out} is not empty and no search: choose another --out`,
  );
  const task = named === undefined ? await taskOf(data) : taskNamed(named);
  const [headline] = task.figures;
  check(
    headline?.share && !task.fitting,
    () => `the task ${task.name} is not searched for: it has no figure between 0 and 1 that training moves`,
  );
  check(
    space.exits === undefined || task.early,
    () =>
      `pictures leave early where the answer is one class, and the task is ${task.name}: leave "exits" out of ${space.name}`,
  );
  const first = settle(
    space,
    choicesOf(space).map(() => 0),
  );
  const size = rest.size ?? first.size;
  const { model, overrides, weights, adapters } = first;
  const start = await pretrained({ model, weights, scratch: weights === undefined, overrides, size }, task);
  const plan = await planOf(
    task,
    {
      ...{ model, overrides: { ...start?.overrides, ...overrides }, train, size },
      ...(adapters && { adapters: adapterOptions(adapters) }),
    },
    start,
  );
  const dataset = await openDrawn(data, task, plan.settings, plan.preprocessing, hooks.onScan);
  const { classes } = dataset;
  const validated = dataset.items.val.length;
  await dataset.close();
  check(
    space.exits === undefined || validated >= LEAST_IMAGES,
    () =>
      `where pictures leave early is decided on at least ${LEAST_IMAGES} validated pictures, and ${data} has ${validated}: take more, or leave "exits" out of ${space.name}`,
  );
  const machine = describeMachine(await nativeRuntime());
  const record: SearchRecord = {
    format: 1,
    kind: 'yosegi-search',
    yosegi: await yosegiVersion(),
    created: new Date().toISOString(),
    data: resolve(data),
    task: task.name,
    classes: [...classes],
    space: { ...space },
    generator: rest.generator,
    limits: rest.limits,
    weights: rest.weights,
    rungs: [...rungs],
    eta,
    seed: rest.seed,
    size: [plan.preprocessing.size[0], plan.preprocessing.size[1]],
    train: { ...train },
    threads,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.runtime}`,
  };
  for (const name of [TRIALS_FILE, 'trials', STARTS, 'winner', 'why.html', 'why.ja.html'])
    await rm(join(out, name), { recursive: true, force: true });
  await writeSearch(out, record);
  return record;
}
