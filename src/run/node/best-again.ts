import { join } from 'node:path';
import { check, messageOf } from '../../base/errors.ts';
import { isMissing } from '../../base/node/missing.ts';
import type { Checkpoint } from '../../train/checkpoint.ts';
import { SafetensorsError } from '../../weights/errors.ts';
import { readSealed } from '../../weights/node/sealed.ts';

/**
 * A checkpoint to go on from, which knows a best epoch only where that epoch's weights are in the run folder and whole. Where they are
 * not, the next epoch that is validated is the best so far, and `onNotice` hears of it.
 * @throws YosegiError where no epoch is left that could become the best one
 */
export async function bestAgain(
  out: string,
  checkpoint: Checkpoint,
  epochs: number,
  onNotice: (message: string) => void = () => {},
): Promise<Checkpoint> {
  const { progress } = checkpoint;
  if (!progress.best) return checkpoint;
  const path = join(out, 'best', 'model.safetensors');
  const why = await readSealed(path, { must: true }).then(
    () => undefined,
    (error) => {
      if (isMissing(error)) return `${path} is gone`;
      if (error instanceof SafetensorsError) return messageOf(error);
      throw error;
    },
  );
  if (why === undefined) return checkpoint;
  check(
    progress.epoch < epochs,
    () => `${why}, and the training has ended: the best weights are lost. Train again with --force`,
  );
  onNotice(`${why}: the weights of epoch ${progress.best.epoch + 1} are lost, and the best is looked for from here on`);
  return { ...checkpoint, progress: { ...progress, best: null } };
}
