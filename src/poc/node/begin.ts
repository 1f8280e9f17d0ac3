import { readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import { checkApart, removeRun } from '../../run/node/claim.ts';
import { openDrawn } from '../../run/node/drawn.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { planOf } from '../../run/node/plan.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { taskOf } from '../../tasks/node/read-layout.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import { BOX, boxEntries } from '../../weights/node/box.ts';
import { candidatesFor, type Way } from '../candidate.ts';
import type { PocRecord } from '../record.ts';
import { ROUNDS } from '../rounds.ts';
import { POC_FILE, readPoc, TRIALS_FILE, writePoc } from './journal.ts';

/** What a proof of concept is begun with. */
export interface PocBeginning {
  readonly data: string;
  readonly task?: string;
  readonly hours: number;
  readonly ms?: number;
  readonly ways: readonly Way[];
  readonly seed: number;
  /** Default: all cores. */
  readonly threads?: number;
  readonly force?: boolean;
}

/** Folders below a proof of concept: the trainings under way, each in one of its own, and the recommended run. */
const RUNS = 'runs';
export const WINNER = 'winner';

/** The folder of a trial's run. */
export const runFolder = (out: string, { candidate, round }: { readonly candidate: string; readonly round: number }) =>
  // A run is called by its folder's name.
  join(out, RUNS, String(round), candidate);

/** The task to prove. @throws YosegiError where the folder's data is for none, or for one that answers nothing */
export async function taskToProve({ data, task: named }: PocBeginning): Promise<NodeTask> {
  const task = named === undefined ? await taskOf(data) : taskNamed(named);
  check(
    !task.makes && !task.taught,
    () => `the task ${task.name} answers nothing about a picture: a proof of concept is of tasks that do`,
  );
  return task;
}

/**
 * Looks whether something can begin in a folder, which need not be there yet.
 * @throws YosegiError where it lies in the data or holds it, or holds something else than a proof of concept that may be replaced
 */
export async function checkPlace(out: string, { data, force }: PocBeginning): Promise<void> {
  await checkApart(out, data, 'the folder of images');
  const others = (await readdir(out).catch(() => [])).filter((name) => !name.startsWith('.'));
  if (others.length === 0) return;
  const there = await isFileAt(join(out, POC_FILE));
  check(there, () => `${out} is not empty and no proof of concept (it has no ${POC_FILE}): choose another --out`);
  // A file of that name that says something else is the user's.
  await readPoc(out);
  check(
    force,
    () =>
      `${out} already holds a proof of concept: go on with it (--resume), replace it (--force), or choose another --out`,
  );
}

/** Looks at the data and writes down what is asked and what is tried. */
export async function pocBegun(out: string, task: NodeTask, beginning: PocBeginning, hooks: Hooks): Promise<PocRecord> {
  const { data, hours, ms, ways, seed, ...rest } = beginning;
  // Again, now that the folder is this process's.
  await checkPlace(out, beginning);
  const plan = await planOf(task, { train: { seed } }, undefined);
  const dataset = await openDrawn(data, task, plan.settings, plan.preprocessing, hooks.onScan);
  const { classes, items } = dataset;
  await dataset.close();
  check(
    items.val.length > 0,
    () => `${data} leaves no pictures to validate on: a proof of concept chooses by them. Add pictures`,
  );
  const runtime = await nativeRuntime();
  const machine = describeMachine(runtime);
  await runtime.close();
  const { name, label, share } = task.figures[0]!;
  const record: PocRecord = {
    format: 1,
    kind: 'yosegi-poc',
    yosegi: await yosegiVersion(),
    created: new Date().toISOString(),
    data: resolve(data),
    task: task.name,
    figure: { name, label, share },
    classes: [...classes],
    trained: items.train.length,
    validated: items.val.length,
    seconds: 3600 * hours,
    ms: ms ?? null,
    ways: [...ways],
    candidates: candidatesFor(task, await sources(), ways),
    seed,
    threads: rest.threads ?? machine.cores,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.runtime}`,
  };
  await clearRuns(out);
  for (const name of [TRIALS_FILE, ...PAGES]) await rm(join(out, name), { force: true });
  await writePoc(out, record);
  return record;
}

const PAGES = ['poc.html', 'poc.ja.html'];

const sources = async () =>
  (await boxEntries()).map(({ name, config, fineTune }) => ({ weights: `${BOX}${name}`, config, fineTune }));

/** Takes away what an earlier proof of concept trained, file by file; what else lies there is the user's. */
async function clearRuns(out: string): Promise<void> {
  for (const round of await readdir(join(out, RUNS)).catch(() => [])) {
    const folders = await readdir(join(out, RUNS, round)).catch(() => []);
    for (const name of folders) await removeRun(join(out, RUNS, round, name));
  }
  await removeRun(join(out, WINNER));
  await clearRounds(out);
}

/** Takes away the folders that runs were in, where nothing is left in them. */
export async function clearRounds(out: string): Promise<void> {
  for (let round = 0; round <= ROUNDS; round++) await rmdir(join(out, RUNS, String(round))).catch(() => {});
  await rmdir(join(out, RUNS)).catch(() => {});
}
