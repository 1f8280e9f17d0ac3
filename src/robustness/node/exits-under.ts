import { exitLogits, judge, leaving } from '../../exits/judge/evaluate.ts';
import { readExits } from '../../exits/node/exits-file.ts';
import { labelsIn } from '../../exits/node/run-images.ts';
import { ExitMonitor } from '../../exits/policy/monitor.ts';
import { cutAtExits, hasExits } from '../../exits/program/cut.ts';
import { compileCut } from '../../exits/program/staged.ts';
import type { Dataset } from '../../feed/node/dataset.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { BatchSource } from '../../tasks/batch.ts';
import type { ExitsUnder } from '../record.ts';

/** What becomes of early exits on the pictures of a source. */
export type ExitsJudge = (source: BatchSource) => Promise<ExitsUnder>;

/** A judge of a run's exits; undefined where it has none, or none were chosen. */
export async function exitsJudge(
  loaded: LoadedRun,
  dataset: Dataset,
  runtime: Runtime,
): Promise<ExitsJudge | undefined> {
  const { model, weights } = loaded;
  const record = hasExits(model) ? await readExits(loaded) : undefined;
  if (!record || !hasExits(model)) return undefined;
  const staged = await compileCut(runtime, cutAtExits(model, weights));
  const labelOf = labelsIn(dataset);
  return async (source) => {
    const said = await exitLogits(staged, source, labelOf);
    const { shares, accuracy } = judge(said, record.policy);
    const monitor = new ExitMonitor(record.distribution, { window: Math.max(1000, source.length) });
    for (const left of leaving(said, record.policy)) monitor.add(left);
    return { shares, accuracy, drift: monitor.report().state };
  };
}
