import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { oneOf } from '../src/base/errors.ts';
import { recipe } from '../src/data/augment/recipe.ts';
import { hasExits } from '../src/exits/program/cut.ts';
import type { Graph } from '../src/graph/graph.ts';
import { classifier } from '../src/models/model.ts';
import type { Criterion } from '../src/prune/importance.ts';
import { pruneRun } from '../src/prune/node/prune-run.ts';
import { evaluateRun } from '../src/run/node/evaluate-run.ts';
import { loadRun } from '../src/run/node/run-folder.ts';
import { type TrainRunOptions, trainRun } from '../src/run/node/train-run.ts';
import { reportBeside } from './beside.ts';
import { machine, record, recorded, runOf, seedsOf, shared } from './carry-out.ts';
import { judgeExits, shareOfTime, trainWithExits } from './early.ts';
import { fewOf } from './few.ts';
import { timeGraphs, timesOf } from './time-in-turns.ts';

/**
 * `npx tsx recipes/pruned.ts [x-sdd,clothing] [--seeds 0,1,2]`: pruning with adaptation. The network in the box is pruned once, on all training pictures of the
 * other data set (a head is trained on them, then channels go by gradients, and what is left is trained for about 95 steps); then tasks are learned on it as
 * adapters, or by training everything. Beside it: adapters on the whole network, at smaller sizes too; and the whole network with its adapters pruned for its own
 * task, by three criteria; and the whole network trained and given early exits. Goes on where it was stopped. `time` times all networks in turns (to be called on a quiet machine), `report` prints the tables and
 * draws docs/pruned.svg. Writes recipes/pruned.json and recipes/pruned-times.json; the runs stay in the system's folder of temporary files.
 */
const [FILE, TIMES, BOX] = ['pruned.json', 'pruned-times.json', 'box:mobilenetv2-imagenet'];

/** So many pictures of each kind are learned from, drawn by the seed, so often. All test pictures are judged. */
const [SHOTS, EPOCHS, SIZE] = [16, 6, 128];
const train = { epochs: EPOCHS, batch: 16, warmup: 1, weightDecay: 0.01, threads: 1, checkpointSeconds: 600 };
/** Peak learning rates: the usual ones, not tuned for any way. */
const rates = { adapters: 3e-3, full: 1e-3, exits: 2e-3 };

interface Pictures {
  readonly folder: string;
  readonly recipe: ReturnType<typeof recipe>;
  /** Epochs of about 95 steps of 32 of all its training pictures. */
  readonly epochs: number;
  /** On whose pictures the backbone is pruned that its tasks are learned on. */
  readonly other: SetName;
}
type SetName = 'x-sdd' | 'clothing';
const sets: Readonly<Record<SetName, Pictures>> = {
  'x-sdd': { folder: 'x-sdd', recipe: { ...recipe('light'), vflip: 0.5 }, epochs: 3, other: 'clothing' },
  clothing: { folder: 'clothing-128', recipe: recipe('light'), epochs: 1, other: 'x-sdd' },
};

/** Shares of the multiply-adds that stay in the shared backbone. */
const backbones = { 'three quarters': 0.75, half: 0.5 } as const;
type Backbone = keyof typeof backbones;

type Way =
  /** With `exits`, the trained network is given early exits. */
  | {
      readonly from: 'whole' | Backbone;
      readonly by: 'adapters' | 'full';
      readonly size: number;
      readonly exits?: true;
    }
  /** The whole network with its adapters, half of whose multiply-adds go. */
  | { readonly from: 'adapted'; readonly by: Criterion };

const ways: Readonly<Record<string, Way>> = {
  'whole, adapters': { from: 'whole', by: 'adapters', size: SIZE },
  'whole, adapters, 96 px': { from: 'whole', by: 'adapters', size: 96 },
  'whole, adapters, 64 px': { from: 'whole', by: 'adapters', size: 64 },
  'three quarters, adapters': { from: 'three quarters', by: 'adapters', size: SIZE },
  'three quarters, everything': { from: 'three quarters', by: 'full', size: SIZE },
  'half, adapters': { from: 'half', by: 'adapters', size: SIZE },
  'half, everything': { from: 'half', by: 'full', size: SIZE },
  'whole, everything': { from: 'whole', by: 'full', size: SIZE },
  'whole, early exits': { from: 'whole', by: 'full', size: SIZE, exits: true },
  'adapted, then half by adapters’ gradients': { from: 'adapted', by: 'adapters' },
  'adapted, then half by gradients': { from: 'adapted', by: 'taylor' },
  'adapted, then half by magnitude': { from: 'adapted', by: 'magnitude' },
};
const FIRST = 'whole, adapters';

/** A training that is done. */
interface Trained {
  /** Data set and way, or what became of a backbone on it. */
  readonly name: string;
  readonly seed: number;
  /** On the test split; of what a backbone is pruned on, on the pictures kept back. */
  readonly figures: Readonly<Record<string, number>>;
  /** Of the network that is shipped. */
  readonly macs: number;
  readonly parameters: number;
  /** Processor time of training, pruning too. */
  readonly processor: number;
  readonly machine: string;
  readonly date: string;
}
const nameOf = (set: SetName, way: string) => `${set}: ${way}`;
const placeOf = (name: string, seed: number) => runOf(`pruned/${name.replaceAll(/\W+/g, '-')}`, seed);

/** What came of a run; where it says no multiply-adds, they are the network's. */
type Judge = (out: string) => Promise<{ readonly figures: Trained['figures']; readonly macs?: number }>;
const onTest: Judge = (out) => evaluateRun(out, { split: 'test' });
const onKeptBack: Judge = async (out) => ({ figures: (await loadRun(out)).epochs.findLast((e) => e.best)!.val! });

/** Does what its file lacks, and writes down what came of it. */
async function once(name: string, seed: number, work: (out: string) => Promise<unknown>, judge: Judge): Promise<void> {
  if ((await recorded<Trained>(FILE)).some((r) => r.name === name && r.seed === seed)) return;
  const out = placeOf(name, seed);
  const used = process.cpuUsage();
  await work(out);
  const { user, system } = process.cpuUsage(used);
  const { run } = await loadRun(out);
  const { figures, macs = run.macs } = await judge(out);
  const done: Trained = {
    ...{ name, seed, figures: { ...figures }, macs, parameters: run.parameters },
    ...{ processor: Math.round((user + system) / 1e6), machine: await machine(), date: new Date().toISOString() },
  };
  await record<Trained>(FILE, done);
  console.log(JSON.stringify(done));
}

/** The shared backbone without some of its channels, for tasks of other pictures than those of `set`: made once, for all seeds. */
async function backbone(name: Backbone, set: SetName): Promise<string> {
  const { folder, epochs } = sets[set];
  const data = join(shared, folder);
  const options = { ema: 0.95, batch: 32, warmup: 0.2, weightDecay: 0.01, threads: 1, seed: 0, checkpointSeconds: 600 };
  const head = nameOf(set, 'a head on the whole network');
  await once(
    head,
    0,
    (out) =>
      trainRun({
        ...{ data, out, weights: BOX, size: SIZE, recipe: 'none', force: true },
        train: { ...options, probe: true, epochs: 30, lr: 3e-3 },
      }),
    onKeptBack,
  );
  const task = nameOf(set, `${name} of the network`);
  await once(
    task,
    0,
    (out) =>
      pruneRun({
        ...{ run: placeOf(head, 0), out, data, target: { macs: backbones[name] }, steps: 1, criterion: 'taylor' },
        ...{ epochs, lr: rates.full, force: true },
      }),
    onKeptBack,
  );
  return placeOf(task, 0);
}

async function carryOut(set: SetName, wayName: string, seed: number): Promise<void> {
  const way = ways[wayName]!;
  const { folder, recipe, other } = sets[set];
  const weights = way.from === 'adapted' || way.from === 'whole' ? BOX : await backbone(way.from, other);
  const exits = way.from !== 'adapted' && way.exits;
  const work = async (out: string) => {
    const data = await fewOf(join(shared, folder), SHOTS, seed);
    if (way.from === 'adapted') {
      const options = { target: { macs: 0.5 }, steps: 1, criterion: way.by, epochs: EPOCHS, lr: rates.full };
      return pruneRun({ run: placeOf(nameOf(set, FIRST), seed), out, data, ...options, force: true });
    }
    const { by, size } = way;
    const options: TrainRunOptions = {
      ...{ data, out, weights, size, recipe, valFraction: 0, force: true },
      ...(by === 'adapters' && { adapters: {} }),
      train: { ...train, lr: rates[by], freeze: [], seed },
    };
    return exits ? trainWithExits(options, out, rates.exits) : trainRun(options);
  };
  await once(nameOf(set, wayName), seed, work, exits ? judgeExits : onTest);
}

/** What is trained whole has the form of what has adapters. */
const timedAs = (way: string) => way.replace('everything', 'adapters');

/** All networks to their ends in turns; what leaving early saves, picture by picture, is a share of that. */
async function time(): Promise<void> {
  const { begun, done } = await carriedOut();
  const graphs = new Map<string, Graph>();
  const early: Record<string, number> = {};
  for (const set of begun)
    for (const way of new Set(done.map(timedAs))) {
      const name = nameOf(set, way);
      const loaded = await loadRun(placeOf(name, 0));
      graphs.set(name, classifier(loaded.model));
      if (hasExits(loaded.model)) early[name] = await shareOfTime(loaded);
    }
  await timeGraphs(graphs, TIMES, early);
}

/** Data sets that were begun, and ways that were carried out on all of them. */
async function carriedOut() {
  const results = await recorded<Trained>(FILE);
  const names = new Set(results.map((r) => r.name));
  const begun = (Object.keys(sets) as SetName[]).filter((set) => names.has(nameOf(set, FIRST)));
  const done = Object.keys(ways).filter((way) => begun.every((set) => names.has(nameOf(set, way))));
  return { results, begun, done };
}

async function report(): Promise<void> {
  const { results, begun, done } = await carriedOut();
  const { networks } = await timesOf(TIMES);
  const row = (set: SetName, way: string) => ({
    name: way,
    marked: ways[way]!.by === 'adapters' && ways[way]!.from !== 'adapted',
    timed: networks[nameOf(set, timedAs(way))]!,
    seeds: results.filter((r) => r.name === nameOf(set, way)),
  });
  const title = (set: SetName) => `${set}, ${SHOTS} pictures of each kind`;
  await reportBeside(
    'pruned.svg',
    begun.map((set) => ({ title: title(set), rows: done.map((way) => row(set, way)) })),
  );
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string' } } });
const [what = Object.keys(sets).join()] = positionals;
if (what === 'time') await time();
else if (what === 'report') await report();
else {
  const chosen = what.split(',') as SetName[];
  for (const set of chosen) oneOf('data', set, Object.keys(sets));
  for (const seed of seedsOf(values.seeds, 3))
    for (const set of chosen) for (const way of Object.keys(ways)) await carryOut(set, way, seed);
}
