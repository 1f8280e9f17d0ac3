import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { sha256 } from '../../base/node/sha256.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { evalSource } from '../../feed/node/loader.ts';
import { openWhole } from '../../feed/node/whole.ts';
import { graph } from '../../graph/graph.ts';
import { type Device, openRuntime } from '../../runtime/node/open.ts';
import { compile, type Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Judged as TaskEvaluation } from '../../tasks/page.ts';
import { type EvaluatedSplit, type Figures, judgedOutputs } from '../../tasks/task.ts';
import { taughtSource } from '../../train/taught.ts';
import { judgeAll } from '../../train/validate.ts';
import { type BelongsTo, type JudgedSet, setText } from '../provenance.ts';
import { taskOptionsOf } from '../task-options.ts';
import { withMade } from './judge-made.ts';
import { networkOf } from './network-of.ts';
import { type LoadedRun, loadRun } from './run-folder.ts';
import { holdsOwn, openRunImages, otherSet, ownSet } from './run-images.ts';
import { readSplit } from './split-file.ts';
import { readStamped, stampOf, writeStamped } from './stamped.ts';
import { openTeacher } from './teacher.ts';

export interface EvaluateRunOptions {
  /** Default: test where there is one, else val. */
  readonly split?: EvaluatedSplit;
  /** Another folder than the one trained on: all of it is judged, or the split that it comes with. */
  readonly data?: string;
  /** Of a task that makes pictures: how many are made and compared with real ones; 0 for none. Default: as many as are judged, at most 300. */
  readonly made?: number;
  readonly device?: Device;
  readonly threads?: number;
  readonly onScan?: (done: number, total: number) => void;
  readonly onBatch?: (done: number, of: number) => void;
  /** Hears what must be known with the result. */
  readonly onNotice?: (message: string) => void;
}

/** Most pictures that are made unless more are asked for. */
const MOST_MADE = 300;
/** Fewest pictures on either side that neighbours can be looked for among. */
const LEAST_MADE = 6;

/** What an evaluation found. */
export interface Evaluated {
  readonly task: NodeTask;
  /** The task's own record, as in `eval.json`. */
  readonly evaluation: TaskEvaluation;
  /** Its main numbers, e.g. `accuracy`. */
  readonly figures: Figures;
  readonly images: number;
  /** Which weights, which pictures, on which machine. */
  readonly belongsTo: BelongsTo;
  /** Which pictures, in words. */
  readonly of: string;
  /** The file that was written. */
  readonly file: string;
}

/** Pictures that are judged, and where the result goes. */
interface Judged {
  readonly dataset: Dataset;
  readonly split: EvaluatedSplit;
  readonly set: JudgedSet;
  readonly file: string;
}

/**
 * Evaluates a run's best weights, or an imported model: on the split that the run kept back, written to `eval.json`; with `data`, on
 * another folder, written to a file of its own, `eval-<folder>.json`.
 */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<Evaluated> {
  const loaded = await loadRun(folder);
  const task = taskNamed(loaded.run.task);
  const judged = await open(loaded, task, options);
  try {
    const runtime = await openRuntime({ device: options.device, worker: true, threads: options.threads });
    try {
      return await evaluated(loaded, task, judged, runtime, options);
    } finally {
      await runtime.close();
    }
  } finally {
    await judged.dataset.close();
  }
}

async function evaluated(
  loaded: LoadedRun,
  task: NodeTask,
  { dataset, split, set, file }: Judged,
  runtime: Runtime,
  options: EvaluateRunOptions,
): Promise<Evaluated> {
  const { folder, run, weights } = loaded;
  const belongsTo = await stampOf(folder, run, runtime, set);
  const items = dataset.items[split];
  const taskOptions = taskOptionsOf(run);
  const outputs = judgedOutputs(networkOf(loaded));
  const program = await compile(runtime, graph(outputs), {
    constants: weights,
    target: 'standard',
  });
  const seen = evalSource(dataset, split, { preprocessing: run.preprocessing, batchSize: 64 });
  const source = task.taught ? taughtSource(seen, await openTeacher(folder, run, runtime, options.threads)) : seen;
  const meter = task.meter({
    classes: run.classes,
    fileOf: (i) => items[i]!.path,
    detailed: true,
    options: taskOptions,
  });
  await judgeAll(program, source, meter, { onBatch: options.onBatch });
  await source.close();
  const judged = meter.evaluation(split);
  const wanted = task.makes ? (options.made ?? Math.min(MOST_MADE, items.length)) : 0;
  const few = wanted > 0 && Math.min(items.length, wanted, run.images.train) < LEAST_MADE;
  if (few) options.onNotice?.(`fewer than ${LEAST_MADE} pictures: made ones are not compared with real ones`);
  const evaluation =
    wanted > 0 && !few ? await withMade(loaded, task, { dataset, split, judged, wanted, runtime, options }) : judged;
  await writeStamped(file, z.looseObject({}).parse(evaluation), belongsTo);
  return { task, evaluation, figures: meter.figures(), images: items.length, belongsTo, of: setText(set), file };
}

async function open(loaded: LoadedRun, task: NodeTask, options: EvaluateRunOptions): Promise<Judged> {
  const { folder, run } = loaded;
  const { data } = options;
  check(
    data !== undefined || run.data !== '',
    () =>
      `${folder} was imported and knows no images: say which to judge it on (yosegi eval ${folder} --data DIR), or train it first`,
  );
  const list = await readSplit(folder, run);
  const split = options.split ?? (list?.items.some((i) => i.split === 'test') || run.images.test > 0 ? 'test' : 'val');
  if (data === undefined || (await holdsOwn(folder, run, data, [split]))) return own(loaded, task, split, options);
  return other(loaded, task, data, options);
}

/** The split that the run kept back. */
async function own(
  { folder, run }: LoadedRun,
  task: NodeTask,
  split: EvaluatedSplit,
  options: EvaluateRunOptions,
): Promise<Judged> {
  const { dataset, left } = await openRunImages(folder, run, task, { ...options, of: [split] });
  const items = dataset.items[split];
  const set = ownSet(run, split, items, left[split]);
  if (items.length > 0) return { dataset, split, set, file: join(folder, 'eval.json') };
  await dataset.close();
  check(false, () => `${dataset.root} has no ${split} images; choose another --split or --data`);
}

/** Another folder. */
async function other(loaded: LoadedRun, task: NodeTask, data: string, options: EvaluateRunOptions): Promise<Judged> {
  const { folder, run, unnamed } = loaded;
  const { onNotice = () => {} } = options;
  const list = await readSplit(folder, run);
  const { dataset, part, missing, remarks } = await openWhole(data, task, {
    classes: run.classes,
    unnamed,
    split: options.split,
    prepare: run.preprocessing,
    taskOptions: taskOptionsOf(run),
    onProgress: options.onScan,
  });
  const items = dataset.items.test;
  const set = otherSet(list, data, part, items, missing);
  for (const remark of remarks) onNotice(remark);
  if (dataset.problems.length > 0) {
    const [first] = dataset.problems;
    onNotice(`${dataset.problems.length} files could not be used, e.g. ${first!.file}: ${first!.reason}`);
  }
  if (missing.length > 0)
    onNotice(`no pictures of ${missing.join(', ')}: what is said of the other classes holds all the same`);
  if (set.trainedOn)
    onNotice(`${set.trainedOn} of these ${items.length} images were trained on: the result looks better than it is`);
  return { dataset, split: 'test', set, file: await fileFor(folder, resolve(data)) };
}

/** `eval-<folder>.json`, with a few digits where another folder of that name has it. */
async function fileFor(folder: string, data: string): Promise<string> {
  const name = basename(data).replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'set';
  const file = join(folder, `eval-${name}.json`);
  const nothing = { weights: undefined, list: undefined };
  const there = await readStamped(file, z.looseObject({}), nothing, 'Move it away').catch(() => undefined);
  const set = there?.belongsTo?.set;
  if (!there || (set?.kind === 'folder' && set.folder === data)) return file;
  return join(folder, `eval-${name}-${sha256(data).slice(0, 6)}.json`);
}
