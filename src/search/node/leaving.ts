import { check } from '../../base/errors.ts';
import { calibrate } from '../../exits/calibration/calibrate.ts';
import { judge } from '../../exits/judge/evaluate.ts';
import { look, openRunData } from '../../exits/node/run-images.ts';
import { toTheEnd } from '../../exits/policy/policy.ts';
import { hasExits } from '../../exits/program/cut.ts';
import { stagedProgram } from '../../exits/program/staged.ts';
import { loadRun } from '../../run/node/run-folder.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';

/** What comes of a network that pictures leave early. */
export interface Leaving {
  /** Of the validated pictures, each as it is told where it leaves. */
  readonly accuracy: number;
  /** Share that leaves at each exit. */
  readonly shares: readonly number[];
}

/**
 * Where the validated pictures leave a run's network as early as its accuracy at the end allows; undefined where it has no exits. What leaving
 * is worth is counted in multiply-adds: the machine that trains need not be the one that the network is for.
 */
export async function leavingOf(folder: string, threads?: number): Promise<Leaving | undefined> {
  const loaded = await loadRun(folder);
  const { run, model, weights } = loaded;
  if (!hasExits(model)) return undefined;
  const { dataset } = await openRunData(loaded);
  try {
    const runtime = await nativeRuntime({ threads });
    const staged = await stagedProgram(runtime, model, weights);
    try {
      const val = await look(staged, dataset, 'val', run.preprocessing);
      check(
        val,
        () => `${dataset.root} has no val images: where pictures leave is decided on images that were not trained on`,
      );
      const { accuracy } = judge(val, toTheEnd(val.logits.length));
      const { chosen } = calibrate(val.logits, val.labels, run.classes.length, staged.macs, { accuracy });
      return { accuracy: chosen.accuracy, shares: chosen.shares };
    } finally {
      await staged.close();
      await runtime.close();
    }
  } finally {
    await dataset.close();
  }
}
