import { setTimeout as sleep } from 'node:timers/promises';
import { check, messageOf, YosegiError } from '../../src/base/errors.ts';
import { percentile } from '../../src/measure/percentile.ts';
import { PAUSE } from '../turn.ts';
import type { Answer, Contender, Side } from './sides.ts';

interface Entry {
  readonly name: string;
  readonly threads: number;
  readonly where: string;
  readonly rounds: number;
  /** Of the rounds' medians, in milliseconds. */
  readonly median: number;
  readonly least: number;
  /** Largest difference from the first side: of a loss as a share of it, of a logit as a share of the largest. */
  readonly differs: number;
}

export interface Race {
  readonly entries: readonly Entry[];
  /** Sides that cannot do it, with their words. */
  readonly failed: readonly string[];
}

/** Milliseconds of a turn, and the most iterations in it. */
const TURN = 500;
const MOST = 60;
/** Rounds of sides whose iteration takes longer than `SLOW` milliseconds. */
const FEW = 3;
const SLOW = 1500;
/** Iterations whose answers are compared, and which warm up. */
const COMPARED = 3;
/** Sides that differ by more do not do the same. */
const TOLERANCE = 5e-4;

/** Opens all sides, compares their answers with the first one's, and lets them take turns, each round beginning with another one. */
export async function race(all: readonly Contender[], rounds: number, note: (text: string) => void): Promise<Race> {
  const racers: { side: Side; differs: number; count: number; rounds: number; medians: number[]; ms: number[] }[] = [];
  const failed: string[] = [];
  let expected: readonly Answer[] | undefined;
  try {
    for (const contender of all) {
      const title = `${contender.name}, ${contender.threads} ${contender.threads === 1 ? 'thread' : 'threads'}`;
      note(`  ${title}`);
      let side: Side | undefined;
      try {
        side = await contender.open();
        const answers: Answer[] = [];
        let last = 0;
        for (let i = 0; i < COMPARED; i++) {
          const start = performance.now();
          answers.push(await side.once());
          last = performance.now() - start;
        }
        expected ??= answers;
        const differs = difference(answers, expected);
        check(differs <= TOLERANCE, () => `its answers are others: they differ by ${differs.toExponential(1)}`);
        // WebAssembly is compiled twice, the second time while it runs: what is timed has been warm for a turn.
        const warm = last > SLOW ? [last] : await side.times(Math.min(MOST, Math.ceil(TURN / last)));
        const ms = Math.min(...warm);
        const count = Math.max(1, Math.min(MOST, Math.round(TURN / ms)));
        const turns = ms > SLOW ? Math.min(FEW, rounds) : rounds;
        racers.push({ side, differs, count, rounds: turns, medians: [], ms: [] });
      } catch (error) {
        await side?.close();
        failed.push(`${title}: ${messageOf(error)}`);
      }
    }
    if (racers.length === 0) throw new YosegiError(`nobody can do it: ${failed.join('; ')}`);
    for (let round = 0; round < rounds; round++) {
      for (let k = 0; k < racers.length; k++) {
        const racer = racers[(round + k) % racers.length]!;
        if (round >= racer.rounds) continue;
        const ms = await racer.side.times(racer.count + (racer.count > 2 ? 1 : 0));
        // The first of several finds cold caches and sleeping threads.
        const own = ms.length > 2 ? ms.slice(1) : ms;
        racer.ms.push(...own);
        racer.medians.push(percentile(own, 50));
        await sleep(PAUSE);
      }
    }
    const entries = racers.map(({ side: { name, threads, where }, differs, rounds: turns, medians, ms }) => ({
      ...{ name, threads, where, differs, rounds: turns },
      median: percentile(medians, 50),
      least: Math.min(...ms),
    }));
    return { entries, failed };
  } finally {
    for (const { side } of racers) await side.close();
  }
}

/** Largest difference of answers, see Entry. */
function difference(answers: readonly Answer[], expected: readonly Answer[]): number {
  let most = 0;
  answers.forEach(({ loss, logits }, i) => {
    const right = expected[i]!;
    if (loss !== undefined && right.loss !== undefined) most = Math.max(most, Math.abs(loss / right.loss - 1));
    if (!right.logits) return;
    if (logits?.length !== right.logits.length) most = Number.POSITIVE_INFINITY;
    const largest = Math.max(...right.logits.map(Math.abs));
    logits?.forEach((v, k) => {
      most = Math.max(most, Math.abs(v - right.logits![k]!) / largest);
    });
  });
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most;
}
