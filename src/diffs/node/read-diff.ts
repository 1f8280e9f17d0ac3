import { join } from 'node:path';
import type { Adapted } from '../../adapters/adapt.ts';
import { check } from '../../base/errors.ts';
import { recoverFolder } from '../../base/node/leftovers.ts';
import { readJson } from '../../base/node/read-json.ts';
import { sha256Parts } from '../../base/node/sha256.ts';
import { isFileAt } from '../../base/node/there.ts';
import { floatsOf, type Tensor } from '../../base/tensor.ts';
import { compareAll } from '../../bundle/golden.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import type { Model } from '../../models/model.ts';
import type { Network } from '../../models/network.ts';
import { adaptedBy, mergedBy } from '../../run/adapted.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import { taskOptionsOf } from '../../run/task-options.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import { fitWeights } from '../../weights/fit.ts';
import { checksum } from '../../weights/node/files.ts';
import { readSealed } from '../../weights/node/sealed.ts';
import { backboneNames, backboneParts } from '../backbone.ts';
import { DIFF_FILE, type DiffRecord, diffSchema, GOLDEN_FILE, LEARNED_FILE } from '../record.ts';
import { baseAt, openBase } from './base.ts';
import { goldenOutputs } from './golden.ts';

/** A diff as it lies in its folder. */
export interface Diff {
  readonly folder: string;
  readonly record: DiffRecord;
  readonly learned: ReadonlyMap<string, Tensor<'float32'>>;
}

/**
 * Reads a diff's folder.
 * @throws YosegiError where it is none, or its files are not what was written
 */
export async function readDiff(folder: string): Promise<Diff> {
  await recoverFolder(folder);
  const advice = "It was written by another version of yosegi, or changed: make it again with 'yosegi adapt'";
  const record = await readJson(join(folder, DIFF_FILE), diffSchema, advice);
  check(record, () => `${folder} is no diff: it has no ${DIFF_FILE}. 'yosegi adapt BACKBONE DIR --out DIFF' makes one`);
  const path = join(folder, LEARNED_FILE);
  check(await isFileAt(path), () => `${path} is missing: copy the whole folder of the diff`);
  check(
    (await checksum(path)) === record.learned,
    () => `${path} is not what ${DIFF_FILE} speaks of: its SHA-256 is another. Copy the diff again, or make it anew`,
  );
  const { tensors } = await readSealed(path, { must: true });
  return { folder, record, learned: floatsOf(tensors) };
}

/** A backbone and one diff, before anything is merged. */
export interface Apart {
  /** The backbone's model, with the task's number of classes. */
  readonly model: Model;
  /** With what is learned beside its layers; undefined where that is the head alone. */
  readonly adapted: Adapted | undefined;
  readonly network: Network;
  /** Of every parameter of the network. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
}

/**
 * A backbone with one diff, ready for whatever a run can be used for. The backbone is weights, a run folder or an imported model.
 * @throws YosegiError where the diff belongs to another backbone; it says which
 */
export async function openDiff(base: string, diff: Diff): Promise<LoadedRun> {
  const { model, adapted, weights } = await openApart(base, diff);
  const { folder, record } = diff;
  return { folder, run: record.run, ...mergedBy(adapted, model, weights), unnamed: false, epochs: [] };
}

/** The same, apart; throws as {@link openDiff} does. */
export async function openApart(base: string, { folder, record, learned }: Diff): Promise<Apart> {
  const { run, backbone } = record;
  const { model, tensors } = await openBase(await baseAt(base), run);
  const networkOn = (m: Model) => taskNamed(run.task).network(m, taskOptionsOf(run));
  const network = networkOn(model);
  const fitted = fitWeights(network, tensors).weights;
  const hash = sha256Parts(backboneParts(network, fitted));
  check(
    hash === backbone.sha256,
    () =>
      `the diff ${folder} belongs to the backbone ${backbone.weights} (${run.model}, SHA-256 ${backbone.sha256.slice(0, 12)}…), and ${base} ` +
      `is another one (${hash.slice(0, 12)}…): give the backbone that it was made on, or adapt this one anew`,
  );
  const adapted = adaptedBy(run, model);
  const own = new Set(backboneNames(network));
  const all = new Map([...[...fitted].filter(([name]) => own.has(name)), ...learned]);
  const whole = networkOn(adapted?.model ?? model);
  const { params } = graph(whole.outputs);
  const missing = params.map((p) => nameOf(p)!).filter((name) => !all.has(name));
  check(missing.length === 0, () => `the diff ${folder} lacks ${missing.slice(0, 3).join(', ')}: make it anew`);
  return { model, adapted, network: whole, weights: all };
}

/**
 * Runs the golden outputs again.
 * @throws YosegiError where backbone and diff together do not answer what they did when the diff was made
 */
export async function checkGolden(runtime: Runtime, { folder, record }: Diff, loaded: LoadedRun): Promise<number> {
  const { tensors } = await readSealed(join(folder, GOLDEN_FILE), { must: false });
  const expected = Object.fromEntries(tensors);
  const { images, tolerance } = record.golden;
  const found = await goldenOutputs(runtime, loaded, images);
  const ordered = taskNamed(record.run.task).ship.inOrder?.(expected, found) ?? found;
  const { worst } = compareAll(expected, ordered);
  check(
    worst <= tolerance,
    () => `${folder} on its backbone answers ${worst} away from what it did when it was made (${tolerance} would do)`,
  );
  return worst;
}
