import type { FindingOf, Level } from '../../../page/advice.ts';
import { wilson } from '../../interval.ts';
import type { Seen } from '../../page.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';

/** Everything a page may warn of about a finder of anomalies. Shares are 0 … 1. */
export interface AnomalyFindings {
  nothingAnomalous: { images: number };
  noGood: { images: number };
  fewGood: { good: number };
  weak: { auroc: number };
  missedMany: { missed: number; anomalous: number };
  missedKinds: { kinds: { name: string; share: number }[] };
  moreAlarms: { share: number; promised: number };
  wish: { wished: number; promised: number; pictures: number };
}

export const anomalyLevels: Readonly<Record<keyof AnomalyFindings, Level>> = {
  nothingAnomalous: 'act',
  noGood: 'act',
  weak: 'act',
  moreAlarms: 'act',
  missedMany: 'careful',
  missedKinds: 'careful',
  fewGood: 'careful',
  wish: 'careful',
};

// Rules of thumb: so many good pictures show a false alarm in a hundred; below that the two kinds overlap too much to rely on.
const ENOUGH_GOOD = 100;
const WEAK = 0.85;
const MANY = 0.1;
const MOST_OF_KIND = 0.3;

/** What a careful engineer would point out. */
export function anomalyFindings({ evaluation: e }: Seen<AnomalyEvaluation>): FindingOf<AnomalyFindings>[] {
  if (!e) return [];
  const found: FindingOf<AnomalyFindings>[] = [];
  if (e.anomalous === 0) found.push({ kind: 'nothingAnomalous', images: e.images });
  if (e.good === 0) found.push({ kind: 'noGood', images: e.images });
  else if (e.good < ENOUGH_GOOD) found.push({ kind: 'fewGood', good: e.good });
  if (e.auroc !== null && e.auroc < WEAK) found.push({ kind: 'weak', auroc: e.auroc });
  if (e.anomalous > 0 && e.missed / e.anomalous > MANY)
    found.push({ kind: 'missedMany', missed: e.missed, anomalous: e.anomalous });
  const lost = e.kinds
    .map(({ name, images, missed }) => ({ name, share: missed / images }))
    .filter(({ share }) => share > MOST_OF_KIND)
    .sort((a, b) => b.share - a.share);
  if (lost.length > 0 && e.kinds.length > 1) found.push({ kind: 'missedKinds', kinds: lost });
  const { threshold: t } = e;
  if (t && e.good > 0 && wilson(e.falseAlarms, e.good).low > t.promised)
    found.push({ kind: 'moreAlarms', share: e.falseAlarms / e.good, promised: t.promised });
  if (t && t.promised > t.wished)
    found.push({ kind: 'wish', wished: t.wished, promised: t.promised, pictures: t.pictures });
  return found;
}
