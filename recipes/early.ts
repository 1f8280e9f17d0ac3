import { check } from '../src/base/errors.ts';
import { calibrateRun } from '../src/exits/node/calibrate-run.ts';
import { measureRunPolicy } from '../src/exits/node/policy-timer.ts';
import { judged } from '../src/exits/record.ts';
import type { LoadedRun } from '../src/run/node/run-folder.ts';
import { type TrainRunOptions, trainRun } from '../src/run/node/train-run.ts';
import { openRuntime } from '../src/runtime/node/open.ts';
import { lightest } from './branches.ts';

/**
 * Early exits beside a network that has learned a task of few pictures. It stays as it is, and is what the exits learn from; a quarter of the
 * pictures is held back from both, to choose when a picture may leave.
 */

const HELD_BACK = 0.25;

/** Trains the network of `learn` beside `out`, and its exits into `out`. */
export async function trainWithExits(learn: TrainRunOptions, out: string, lr: number): Promise<void> {
  const network = `${out}-network`;
  await trainRun({ ...learn, out: network, valFraction: HELD_BACK });
  await trainRun({
    ...learn,
    ...{ out, valFraction: HELD_BACK, weights: network, overrides: { perceiver: { ...lightest, merged: false } } },
    train: { ...learn.train, freeze: ['backbone', 'classifier.*'], lr },
    taskOptions: { exitWeights: [1, 1, 0] },
  });
}

/** Chooses when pictures leave, as cheaply as can be without a loss on those held back; accuracy and multiply-adds on the test split. */
export async function judgeExits(out: string) {
  const { report } = judged(await calibrateRun(out, { threads: 1 }));
  const { accuracy, macs, shares } = report.policy;
  return { figures: { accuracy, leaveEarly: 1 - shares.at(-1)! }, macs };
}

/** What the mean test picture takes, of the time of the whole network with its exits; both picture by picture in turns, on one thread. */
export async function shareOfTime(loaded: LoadedRun): Promise<number> {
  const runtime = await openRuntime({ threads: 1 });
  try {
    const measured = await measureRunPolicy(loaded, runtime, { threads: 1 });
    check(measured, () => `${loaded.run.model} has no policy`);
    return Math.min(measured.parts.mean, measured.oneFile.mean) / measured.whole.mean;
  } finally {
    await runtime.close();
  }
}
