import { join } from 'node:path';
import { check } from '../../base/errors.ts';
import { atomicWrite } from '../../base/node/atomic.ts';
import type { FolderLock } from '../../base/node/lock.ts';
import { sha256 } from '../../base/node/sha256.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import { summarise } from '../../feed/node/summary.ts';
import { latentShape } from '../../models/autoencoder/autoencoder.ts';
import type { Model } from '../../models/model.ts';
import type { Device } from '../../runtime/node/open.ts';
import { taskOf } from '../../tasks/node/read-layout.ts';
import { taskNamed, tasks } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Ranks } from '../../train/ranks.ts';
import { adaptedBy } from '../adapted.ts';
import type { Run } from '../records.ts';
import { type Learned, learnedFor } from '../warm.ts';
import { withRanks } from './adapter-ranks.ts';
import { eachAside } from './aside.ts';
import { keepStage } from './autoencoder/first-stage.ts';
import { settledStage } from './autoencoder/settle.ts';
import { keepCaptionFiles } from './captions/files.ts';
import { settledCaptions } from './captions/settle.ts';
import { claimFolder, clearFolder } from './claim.ts';
import { describeRun } from './describe-run.ts';
import { openDrawn } from './drawn.ts';
import { fit, type Hooks, type TrainRunResult } from './fit.ts';
import { fitOnce } from './fit-once.ts';
import { copyModelFolder, isModelFolder, openModel } from './open-model.ts';
import { type Plan, type PlanOptions, planOf, settledTask } from './plan.ts';
import { fitStart, type Pretrained, pretrained, rowNames, startOf } from './pretrained.ts';
import { ownScaling } from './scaling.ts';
import { splitHash, splitOf, writeSplit } from './split-file.ts';
import { keepTeacher, type Teacher, withTeacher } from './teacher.ts';

/** A training run from a folder of images to a run folder. */
export interface TrainRunOptions extends PlanOptions {
  /** Folder of images. */
  readonly data: string;
  /** The run folder to write. */
  readonly out: string;
  /** Name of the task; default: what the folder's data is for. */
  readonly task?: string;
  /**
   * Weights to start from: a .safetensors file, a folder as on the Hugging Face hub, or an id there such as
   * `timm/hiera_tiny_224.mae_in1k_ft_in1k`. Its config.json, where there is one, decides the model, the input size and the
   * normalisation unless they are given. Default: those in the box, where no model is named.
   */
  readonly weights?: string;
  /** Without weights, although no model is named. */
  readonly scratch?: boolean;
  /** Folder that downloaded weights are kept in. */
  readonly cache?: string;
  /** Never asks the network. */
  readonly offline?: boolean;
  /** What was learned before, for some of the same classes: it goes before the weights, and a head keeps the rows of the classes it knows. */
  readonly warm?: Learned;
  readonly device?: Device;
  /** Replaces a run that is already in `out`. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly hooks?: Hooks;
  /** Processes that train together, each calling this with the same options; `--batch` is what each of them sees in a step. */
  readonly ranks?: Ranks;
}

/** Trains a model on a folder of images and writes a run folder (see run/records). */
export function trainRun(asked: TrainRunOptions): Promise<TrainRunResult> {
  const { ranks, train } = asked;
  check(!ranks || !train?.probe, 'a linear probe takes seconds in one process: leave out mpirun, or --probe');
  return eachAside(ranks, asked.out, (out) => trainedIn({ ...asked, out }), { begun: false });
}

async function trainedIn(asked: TrainRunOptions): Promise<TrainRunResult> {
  const { out, hooks = {} } = asked;
  const named = asked.task === undefined ? undefined : taskNamed(asked.task);
  const start = await pretrained(asked, named);
  const like = start?.overrides ? { ...asked, overrides: { ...start.overrides, ...asked.overrides } } : asked;
  const task = named ?? (await taskFor(like, start));
  const { options, teacher } = task.taught ? await withTeacher(task.taught, like) : { options: like };
  check(
    !task.fitting || !asked.ranks,
    () => `the task ${task.name} is fitted in one process, without training steps: leave out mpirun`,
  );
  const plan = await planOf(task, options, start, teacher?.says);
  const reads = [
    { folder: options.data, what: 'the folder of images' },
    ...((await isModelFolder(plan.model)) ? [{ folder: plan.model, what: 'the model’s folder' }] : []),
  ];
  const lock = await claimFolder(out, { reads, force: options.force ?? false });
  try {
    if (lock.tookOver) hooks.onNotice?.(lock.tookOver);
    return await trained({ ...options, overrides: plan.overrides }, plan, { start, teacher }, lock);
  } finally {
    await lock.release();
  }
}

/** The training itself, in a folder that is this process's. */
async function trained(
  options: TrainRunOptions,
  plan: Plan,
  { start, teacher }: { readonly start: Pretrained | undefined; readonly teacher: Teacher | undefined },
  lock: FolderLock,
): Promise<TrainRunResult> {
  const { out, hooks = {} } = options;
  const { task } = plan;
  const dataset = await openDrawn(options.data, task, plan.settings, plan.preprocessing, hooks.onScan);
  try {
    checkDataset(dataset);
    const { train, valFraction, testFraction } = plan.settings;
    const list = await splitOf(dataset, options.data, { seed: train.seed, valFraction, testFraction });
    const { dropPath, dropRate } = plan.settings.train;
    const { size } = plan.preprocessing;
    const opened = await openModel(
      plan.model,
      {
        ...(plan.stage ? latentShape(plan.stage.auto) : { size }),
        classes: Math.max(1, dataset.classes.length),
        dropPath,
        dropRate,
      },
      options.overrides,
      task.models,
    );
    const facts = { pictures: dataset.items.train.length, model: opened.model, says: teacher?.says };
    const settled = settledTask(task, plan.settings, facts);
    const told = await settledCaptions(task.captioned, settled, dataset, hooks.onNotice);
    const planned = { ...plan.settings, task: { ...(told?.options ?? settled) } };
    const fitted =
      start &&
      fitStart(
        start,
        task.network(withBranchOf(opened.model, start.tensors), planned.task),
        rowNames(dataset.classes, told?.tokens),
        train.seed,
      );
    const given = fitted?.weights ?? opened.imported?.weights;
    const settings = await withRanks(planned, { dataset, model: opened.model, given, plan }, options);
    const stage = plan.stage && (await settledStage(plan.stage, { dataset, plan, ...options, ...hooks }));
    const scaling = stage?.scaling ?? (await ownScaling(plan, options.preprocessing, start, dataset));
    const preprocessing = { ...plan.preprocessing, ...scaling };
    const run: Run = {
      ...(await describeRun(dataset, options, opened, { ...plan, settings, preprocessing })),
      ...(stage && { latents: stage.record }),
      ...(told && { captions: told.record }),
      split: splitHash(list),
      ...(opened.imported && { source: 'source' }),
      ...(fitted && { pretrained: startOf(start, fitted) }),
      ...(options.warm?.version && { earlier: options.warm.version }),
      ...(teacher && { teacher: { from: teacher.from, sha256: sha256(teacher.file) } }),
    };
    await clearFolder(out);
    // First, as it makes the folder a run, whose files may be replaced if it ends here.
    await writeJson(join(out, 'run.json'), run);
    await writeSplit(out, list);
    if (teacher) await keepTeacher(out, teacher);
    if (stage) await keepStage(out, stage);
    if (told) await keepCaptionFiles(out, told.files);
    if (opened.imported) await copyModelFolder(opened.imported.folder, join(out, 'source'));
    await writeJson(join(out, 'data.json'), summarise(dataset));
    const model = adaptedBy(run, opened.model)?.model ?? opened.model;
    const weights =
      given && options.warm
        ? new Map([...given, ...learnedFor(task.network(model, settings.task), dataset.classes, options.warm)])
        : given;
    return await workOf(task)({ dataset, run, settings, out, model, lock }, { ...options, weights });
  } finally {
    await dataset.close();
  }
}

/** How a task gets its weights: step by step, or in a few looks at the pictures. */
export const workOf = (task: NodeTask) => (task.fitting ? fitOnce : fit);

/** The task that the folder's data is for; where it is none's, wrong options are said first, as nothing else needs the data. */
async function taskFor(options: TrainRunOptions, start: Pretrained | undefined): Promise<NodeTask> {
  try {
    return await taskOf(options.data);
  } catch (error) {
    await planOf(tasks[0]!, options, start);
    throw error;
  }
}

/** What stored weights are for: where they have no latent code, the model without the branch beside it. */
function withBranchOf(model: Model, stored: ReadonlyMap<string, Tensor>): Model {
  const { backbone } = model;
  return backbone && ![...stored.keys()].some((name) => /(^|\.)latent$/.test(name)) ? backbone : model;
}

function checkDataset({ root, classes, items, task }: Dataset): void {
  check(
    classes.length >= task.leastClasses,
    () =>
      `the task ${task.name} needs at least ${task.leastClasses} classes, ${root} has ${classes.length}: ${classes.join(', ')}`,
  );
  check(items.train.length > 0, () => `${root} has no images to train on`);
}

const writeJson = (path: string, value: unknown) => atomicWrite(path, `${JSON.stringify(value, null, 2)}\n`);
