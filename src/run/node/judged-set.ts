import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { sha256 } from '../../base/node/sha256.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { openWhole } from '../../feed/node/whole.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { EvaluatedSplit } from '../../tasks/task.ts';
import type { JudgedSet } from '../provenance.ts';
import { taskOptionsOf } from '../task-options.ts';
import type { LoadedRun } from './run-folder.ts';
import { holdsOwn, openRunImages, otherSet, ownSet } from './run-images.ts';
import { readSplit } from './split-file.ts';
import { readStamped } from './stamped.ts';

/** Which pictures a run is judged on. */
export interface JudgedOn {
  /** Default: test where there is one, else val. */
  readonly split?: EvaluatedSplit;
  /** Another folder than the one trained on: all of it is judged, or the split that it comes with. */
  readonly data?: string;
  readonly onScan?: (done: number, total: number) => void;
  /** Hears what must be known with the result. */
  readonly onNotice?: (message: string) => void;
}

/** Pictures that are judged, and where the result goes. */
export interface JudgedPictures {
  readonly dataset: Dataset;
  readonly split: EvaluatedSplit;
  readonly set: JudgedSet;
  /** `eval.json`, or one for the other folder. */
  readonly file: string;
}

/** Opens the pictures that a run or an imported model is judged on. */
export async function openJudged(loaded: LoadedRun, task: NodeTask, options: JudgedOn): Promise<JudgedPictures> {
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
  options: JudgedOn,
): Promise<JudgedPictures> {
  const { dataset, left } = await openRunImages(folder, run, task, { ...options, of: [split] });
  const items = dataset.items[split];
  const set = ownSet(run, split, items, left[split]);
  if (items.length > 0) return { dataset, split, set, file: join(folder, 'eval.json') };
  await dataset.close();
  check(false, () => `${dataset.root} has no ${split} images; choose another --split or --data`);
}

/** Another folder. */
async function other(loaded: LoadedRun, task: NodeTask, data: string, options: JudgedOn): Promise<JudgedPictures> {
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
