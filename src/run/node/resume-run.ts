import type { FolderLock } from '../../base/node/lock.ts';
import type { Device } from '../../runtime/node/open.ts';
import type { Ranks } from '../../train/ranks.ts';
import { adaptedBy } from '../adapted.ts';
import type { Run } from '../records.ts';
import { settingsOf } from '../settings.ts';
import { eachAside } from './aside.ts';
import { bestAgain } from './best-again.ts';
import { claimRun, makeFolders } from './claim.ts';
import { fingerprint } from './fingerprint.ts';
import { type Hooks, type TrainRunResult, writeLog } from './fit.ts';
import { imagesAgain } from './images-again.ts';
import { modelOf, readRun } from './run-folder.ts';
import { checkUntouched, readCheckpoint } from './stopped.ts';
import { workOf } from './train-run.ts';

export interface ResumeOptions {
  /** Where the images are now; default: where the run found them. */
  readonly data?: string;
  readonly device?: Device;
  /** Goes on although images, runtime or machine are not what they were: to other weights than without the stop. */
  readonly allowChanges?: boolean;
  readonly hooks?: Hooks;
  readonly signal?: AbortSignal;
  /** Processes that train together; as many as before the stop. */
  readonly ranks?: Ranks;
}

/**
 * Goes on with a run that was stopped, with its own options, to the very weights it would have had. One that was stopped before its
 * first checkpoint begins again.
 */
export const resumeRun = (run: string, options: ResumeOptions = {}): Promise<TrainRunResult> =>
  eachAside(options.ranks, run, (out) => resumedIn(out, options), { begun: true });

async function resumedIn(out: string, options: ResumeOptions): Promise<TrainRunResult> {
  await readRun(out);
  const lock = await claimRun(out);
  try {
    if (lock.tookOver) options.hooks?.onNotice?.(lock.tookOver);
    // Read again: it may have been another one's until now.
    return await resumed(out, await readRun(out), lock, options);
  } finally {
    await lock.release();
  }
}

async function resumed(out: string, begun: Run, lock: FolderLock, options: ResumeOptions): Promise<TrainRunResult> {
  const settings = settingsOf(begun.options);
  const { dataset, run } = await imagesAgain(out, begun, settings, options);
  try {
    const { onNotice = () => {} } = options.hooks ?? {};
    const stopped = await readCheckpoint(out, fingerprint(run, dataset));
    if (!stopped) await checkUntouched(out, run);
    // A copy of the run may lack folders that were empty.
    await makeFolders(out);
    const checkpoint = stopped && (await bestAgain(out, stopped, settings.train.epochs, onNotice));
    if (!stopped) onNotice(`${out} was stopped before its first checkpoint: it begins again, with the same options`);
    await writeLog(out, checkpoint?.progress.history ?? []);
    const { dropPath, dropRate } = settings.train;
    const plain = await modelOf(run, out, { dropPath, dropRate });
    const model = adaptedBy(run, plain)?.model ?? plain;
    return await workOf(dataset.task)(
      { dataset, run, settings, out, model, lock },
      { ...options, again: true },
      checkpoint,
    );
  } finally {
    await dataset.close();
  }
}
