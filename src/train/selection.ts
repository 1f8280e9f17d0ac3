import type { Progress } from './checkpoint.ts';

/** Whether figures ranked `rank` are better than the best so far: the first number that differs decides. */
export function isBetter(rank: readonly number[], best: Progress['best']): boolean {
  if (!rank.every(Number.isFinite)) return false;
  if (!best) return true;
  const at = rank.findIndex((r, i) => r !== best.rank[i]);
  return at >= 0 && rank[at]! > best.rank[at]!;
}

/** Whether as many epochs as early stopping allows (0: any number) have passed without a better one. */
export function isStale({ best, epoch }: Pick<Progress, 'best' | 'epoch'>, earlyStop: number): boolean {
  return earlyStop > 0 && best !== null && epoch - 1 - best.epoch >= earlyStop;
}
