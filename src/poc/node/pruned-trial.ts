import { check, messageOf, YosegiError } from '../../base/errors.ts';
import { pruneRun } from '../../prune/node/prune-run.ts';
import { recovered } from '../../prune/node/recover.ts';
import { settingsOf } from '../../run/settings.ts';
import type { PocRecord } from '../record.ts';
import { ROUNDS } from '../rounds.ts';
import type { PocTrial, Tried } from '../trial.ts';
import { runFolder } from './begin.ts';
import type { TryOptions } from './try.ts';
import { withinTime } from './within-time.ts';

/** The name of what is made of the winner with half the time. */
const PRUNED = 'prune-half';
/** Most epochs in which it recovers. */
const RECOVERY = 12;

/**
 * The winner with half the time, trained for as many epochs as fit into the seconds that are left: what pruning is worth here. Undefined where it
 * was stopped from outside.
 */
export async function prunedTrial(
  out: string,
  winner: Tried,
  left: number,
  record: PocRecord,
  { hooks, signal }: TryOptions,
): Promise<PocTrial | undefined> {
  const started = performance.now();
  const trial = { candidate: PRUNED, round: ROUNDS, epochs: RECOVERY, value: null, ms: null, parameters: null };
  const seconds = () => (performance.now() - started) / 1000;
  if (left <= 0) return { ...trial, refused: NO_TIME, seconds: 0 };
  let epochs = RECOVERY;
  const recover: typeof recovered = async (start, loaded, recovery) => {
    const rest = left - seconds();
    check(rest > 0, NO_TIME);
    const { warmup } = settingsOf(loaded.run.options).train;
    const done = await withinTime(
      (n, { hooks, signal }) =>
        recovered(start, loaded, { ...recovery, hooks, signal, epochs: n, train: { warmup: Math.min(warmup, n / 6) } }),
      { epochs: RECOVERY, seconds: rest, hooks, signal },
    );
    epochs = done.epochs;
    return done.trained;
  };
  try {
    const { after, trained } = await pruneRun({
      run: runFolder(out, winner),
      out: runFolder(out, trial),
      target: { speed: 2 },
      epochs: RECOVERY,
      steps: 1,
      threads: record.threads,
      force: true,
      recover,
      hooks,
      ...(signal && { signal }),
    });
    if (signal?.aborted) return undefined;
    const value = trained.result.best?.figures[record.figure.name];
    return {
      ...trial,
      epochs,
      value: value ?? null,
      ms: after.ms ?? null,
      parameters: after.parameters,
      refused: value === undefined ? `the validation pictures give no ${record.figure.label}` : null,
      seconds: seconds(),
    };
  } catch (error) {
    if (!(error instanceof YosegiError) || signal?.aborted) throw error;
    return { ...trial, refused: messageOf(error), seconds: seconds() };
  }
}

const NO_TIME = 'no time is left to train what remains';
