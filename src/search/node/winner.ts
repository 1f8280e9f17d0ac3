import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { calibrateRun } from '../../exits/node/calibrate-run.ts';
import { hasExits } from '../../exits/program/cut.ts';
import type { Hooks, TrainRunResult } from '../../run/node/fit.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { trainRun } from '../../run/node/train-run.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { type KeptTimes, LatencyTable } from '../latency/table.ts';
import type { Design, Space } from '../space.ts';
import type { SearchRecord } from './journal.ts';
import { STARTS } from './probes.ts';
import { type Responses, responsesOf } from './responses.ts';
import { optionsOf, trainingOf } from './train-trial.ts';

/** Where in a search's folder the winner's own run lies. */
const WINNER = 'winner';

interface WinnerOptions {
  /** The search's folder. */
  readonly out: string;
  readonly epochs: number;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
}

/** The winner's whole training: a run like any other. */
export async function trainWinner(
  design: Design,
  record: SearchRecord,
  space: Space,
  { out, epochs, hooks, signal }: WinnerOptions,
): Promise<TrainRunResult> {
  const done = await trainRun({
    ...(await optionsOf(trainingOf(record, space, design), join(out, STARTS))),
    train: { ...record.train, epochs },
    out: join(out, WINNER),
    force: true,
    ...(hooks && { hooks }),
    ...(signal && { signal }),
  });
  const { reason } = done.result;
  // A network with exits ships with what was decided of them.
  if (reason !== 'stopped' && hasExits((await loadRun(join(out, WINNER))).model)) {
    const decided = calibrateRun(join(out, WINNER), { threads: record.threads, onNotice: hooks?.onNotice });
    // The training is done, and its pictures can all go to the end.
    await decided.catch((error: unknown) =>
      hooks?.onNotice?.(`where pictures leave was not decided: ${messageOf(error)}`),
    );
  }
  return done;
}

/** What the blocks of the trained winner answer for; undefined where it was stopped. It takes seconds. */
export async function winnersResponses(
  { threads }: SearchRecord,
  kept: KeptTimes,
  { out, signal }: WinnerOptions,
): Promise<Responses | undefined> {
  const runtime = await nativeRuntime({ threads });
  try {
    return await responsesOf(join(out, WINNER), runtime, new LatencyTable(runtime, threads, kept), signal);
  } finally {
    await runtime.close();
  }
}
