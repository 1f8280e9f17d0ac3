import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { check } from '../../base/errors.ts';
import { isFileAt } from '../../base/node/there.ts';
import { yosegiVersion } from '../../base/node/version.ts';
import { describeMachine } from '../../measure/node/machine.ts';
import { openDrawn } from '../../run/node/drawn.ts';
import type { Hooks } from '../../run/node/fit.ts';
import { planOf } from '../../run/node/plan.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { taskOf } from '../../tasks/node/read-layout.ts';
import { taskNamed } from '../../tasks/node/registry.ts';
import type { Way } from '../candidate.ts';
import type { PocRecord } from '../record.ts';
import { POC_FILE, TRIALS_FILE, writePoc } from './journal.ts';

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

/** Folders below a proof of concept that are written by it. */
export const RUNS = 'runs';
export const WINNER = 'winner';

/** Looks at the data and writes down what is asked, in a folder that holds no proof of concept, or one that may be replaced. */
export async function pocBegun(
  out: string,
  { data, task: named, hours, ms, ways, seed, force, ...rest }: PocBeginning,
  hooks: Hooks,
): Promise<PocRecord> {
  const there = await isFileAt(join(out, POC_FILE));
  const others = (await readdir(out)).filter((name) => !name.startsWith('.'));
  check(others.length === 0 || (there && force), () =>
    there
      ? `${out} already holds a proof of concept: go on with it (--resume), replace it (--force), or choose another --out`
      : `${out} is not empty and no proof of concept: choose another --out`,
  );
  const task = named === undefined ? await taskOf(data) : taskNamed(named);
  check(
    !task.makes && !task.taught,
    () => `the task ${task.name} answers nothing about a picture: a proof of concept is of tasks that do`,
  );
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
    validated: items.val.length,
    seconds: 3600 * hours,
    ms: ms ?? null,
    ways: [...ways],
    seed,
    threads: rest.threads ?? machine.cores,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.runtime}`,
  };
  for (const name of [TRIALS_FILE, RUNS, WINNER, 'poc.html', 'poc.ja.html'])
    await rm(join(out, name), { recursive: true, force: true });
  await writePoc(out, record);
  return record;
}
