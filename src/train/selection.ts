import type { Progress } from './checkpoint.ts';

/**
 * Whether an epoch whose figures rank `rank` is kept in place of the one kept so far: where it is better than all before, or where its
 * main figure, a share of `images` validated pictures, is lower by no more than chance explains. Among epochs that so few pictures
 * cannot tell apart, the last one has learned longest and at the smallest rate; the luckiest one is no better on others (bench/RESULTS.md).
 * Without `images` only a better epoch is kept.
 */
export function isKept(rank: readonly number[], best: Progress['best'], images = 0): boolean {
  if (!rank.every(Number.isFinite)) return false;
  if (!best) return true;
  const { rank: peak } = peakOf(best);
  if (isHigher(rank, peak)) return true;
  const [now, most] = [rank[0]!, peak[0]!];
  return images > 0 && isShare(now) && isShare(most) && now >= most - chance(most, images);
}

/** The best epoch so far with `rank` of `epoch` counted in. */
export function peakWith(rank: readonly number[], epoch: number, best: Progress['best']): Peak {
  return best && !isHigher(rank, peakOf(best).rank) ? peakOf(best) : { epoch, rank: [...rank] };
}

/** Whether as many epochs as early stopping allows (0: any number) have passed without a better one. */
export function isStale({ best, epoch }: Pick<Progress, 'best' | 'epoch'>, earlyStop: number): boolean {
  return earlyStop > 0 && best !== null && epoch - 1 - peakOf(best).epoch >= earlyStop;
}

type Best = NonNullable<Progress['best']>;
type Peak = NonNullable<Best['peak']>;

/** The epoch with the highest figures, which is not always the one that is kept. */
const peakOf = (best: Best): Peak => best.peak ?? { epoch: best.epoch, rank: best.rank };

/** The first number that differs decides. */
function isHigher(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((r, i) => r !== other[i]);
  return at >= 0 && rank[at]! > other[at]!;
}

const isShare = (x: number) => x >= 0 && x <= 1;

/** One standard error of a share of so many pictures; near 0 and 1 too (Agresti and Coull 1998, four pictures added). */
function chance(share: number, images: number): number {
  const n = images + 4;
  const p = (share * images + 2) / n;
  return Math.sqrt((p * (1 - p)) / n);
}
