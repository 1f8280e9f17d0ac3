import type { FindingOf, Level } from '../../../page/advice.ts';
import { wilson } from '../../interval.ts';
import type { Seen } from '../../page.ts';
import { type PlaceFindings, placeFindings, placeLevels } from '../../places/page/findings.ts';
import { detectAnswering } from '../answer.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import { atBest, classCounts } from './counts.ts';

/** Everything a page may warn of about a detector, with the numbers its sentence needs. Shares are 0 … 1. */
export interface DetectFindings extends PlaceFindings {
  nothingFound: { things: number };
  undertrained: { val: number; epochs: number };
  neverFound: { classes: { name: string; support: number }[] };
  missed: { classes: { name: string; found: number; support: number }[] };
  noThreshold: { missed: number; falseAlarms: number | null };
  falseAlarms: { perPicture: number; classes: { name: string; count: number }[] };
  confused: { a: string; b: string; count: number };
  valBetter: { val: number; test: number };
  smallTest: { things: number; low: number; high: number };
  fewTest: { classes: { name: string; count: number }[] };
  looseBoxes: { ap50: number; ap75: number };
  setThreshold: { score: number; usual: number };
}
type Finding = FindingOf<DetectFindings>;

export const detectLevels: Readonly<Record<keyof DetectFindings, Level>> = {
  ...placeLevels,
  nothingFound: 'act',
  undertrained: 'act',
  neverFound: 'act',
  missed: 'act',
  noThreshold: 'act',
  falseAlarms: 'careful',
  confused: 'careful',
  valBetter: 'careful',
  smallTest: 'careful',
  fewTest: 'careful',
  looseBoxes: 'try',
  setThreshold: 'try',
};

// Rules of thumb: where one thing more or less visibly moves a number, or where a number is too low to rely on.
const FEW_TEST = 20;
const FEW_TO_JUDGE = 5;
const WEAK = 0.75;
const WIDE_INTERVAL = 0.1;
const LEARNED = 0.3;
const GAP = 0.1;
const MOST_ALARMS = 0.5;
const WEAK_PRECISION = 0.7;
/** Missing more than this, or more false alarms a picture than one, is hard to work with. */
const USABLE = { missed: 0.1, falseAlarms: 1 };
const LOOSE = 0.5;
const OTHER_THRESHOLD = 0.1;

/** What a careful engineer would point out about a detector. */
export function detectFindings({ evaluation: e, epochs, best }: Seen<DetectEvaluation>): Finding[] {
  const found: Finding[] = [];
  const val = best?.val?.ap50;
  if (val !== undefined && val < LEARNED) found.push({ kind: 'undertrained', val, epochs });
  if (!e) return found;
  if (e.split === 'test' && val !== undefined && e.ap50 !== null && val - e.ap50 > GAP) {
    found.push({ kind: 'valBetter', val, test: e.ap50 });
  }
  const { pictures, areas, images } = e;
  const classes = e.classes.map(({ name, support }) => ({ name, shown: support }));
  found.push(...placeFindings({ images, classes, pictures, ...areas }));
  if (e.objects === 0) return found;
  const at = atBest(e);
  if (!at) return [...found, { kind: 'nothingFound', things: e.objects }];
  return [...found, ...ofClasses(e), ...ofThresholds(e, at), ...ofAll(e, at)];
}

function ofClasses(e: DetectEvaluation): Finding[] {
  const found: Finding[] = [];
  const all = classCounts(e);
  const never = all.filter((c) => c.support > 0 && c.found === 0);
  if (never.length > 0) found.push({ kind: 'neverFound', classes: never });
  const weak = all
    .filter((c) => c.support >= FEW_TO_JUDGE && c.found > 0 && c.found < WEAK * c.support)
    .sort((a, b) => a.found / a.support - b.found / b.support);
  if (weak.length > 0) found.push({ kind: 'missed', classes: weak });
  const pairs: FindingOf<DetectFindings, 'confused'>[] = [];
  for (const a of all) {
    for (const b of all.slice(a.index + 1)) {
      const count = e.confusion[a.index]![b.index]! + e.confusion[b.index]![a.index]!;
      if (count >= 2 && count >= 0.05 * (a.support + b.support)) {
        pairs.push({ kind: 'confused', a: a.name, b: b.name, count });
      }
    }
  }
  found.push(...pairs.sort((a, b) => b.count - a.count).slice(0, 3));
  const few = all.filter((c) => c.support > 0 && c.support < FEW_TEST);
  if (few.length > 0) {
    found.push({ kind: 'fewTest', classes: few.map(({ name, support }) => ({ name, count: support })) });
  }
  return found;
}

type Best = NonNullable<ReturnType<typeof atBest>>;

function ofThresholds(e: DetectEvaluation, best: Best): Finding[] {
  const found: Finding[] = [];
  const wish = e.wishes.find(({ missed }) => missed === USABLE.missed);
  if (wish && (!wish.point || wish.point.falseAlarms > USABLE.falseAlarms)) {
    const falseAlarms = wish.point?.falseAlarms ?? null;
    found.push({ kind: 'noThreshold', missed: USABLE.missed, falseAlarms });
  }
  if (best.alarms >= FEW_TO_JUDGE && (best.falseAlarms > MOST_ALARMS || best.precision < WEAK_PRECISION)) {
    const classes = classCounts(e)
      .filter((c) => c.falseAlarms > 0)
      .sort((a, b) => b.falseAlarms - a.falseAlarms);
    found.push({
      kind: 'falseAlarms',
      perPicture: best.falseAlarms,
      classes: classes.map(({ name, falseAlarms }) => ({ name, count: falseAlarms })),
    });
  }
  const usual = detectAnswering.parse({}).threshold;
  if (Math.abs(best.score - usual) > OTHER_THRESHOLD) found.push({ kind: 'setThreshold', score: best.score, usual });
  return found;
}

function ofAll(e: DetectEvaluation, best: Best): Finding[] {
  const found: Finding[] = [];
  const { low, high } = wilson(best.found, e.objects);
  if (high - low > WIDE_INTERVAL) found.push({ kind: 'smallTest', things: e.objects, low, high });
  const { ap50, ap75 } = e;
  if (ap50 !== null && ap75 !== null && ap50 >= LEARNED && ap75 < LOOSE * ap50) {
    found.push({ kind: 'looseBoxes', ap50, ap75 });
  }
  return found;
}
