import type { FindingOf, Level } from '../../../page/advice.ts';
import { wilson } from '../../interval.ts';
import type { Seen } from '../../page.ts';
import { type PlaceFindings, placeFindings, placeLevels } from '../../places/page/findings.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import { areaFound, type SegmentClass, things } from './counts.ts';

/** Everything a page may warn of about a segmenter, with the numbers its sentence needs. Shares are 0 … 1. */
export interface SegmentFindings extends PlaceFindings {
  nothingFound: { pictures: number };
  undertrained: { train: number; epochs: number };
  neverFound: { classes: { name: string; pictures: number }[] };
  missed: { classes: { name: string; share: number }[] };
  tooMuch: { classes: { name: string; share: number }[] };
  poorEdges: { classes: { name: string; share: number }[] };
  falseRegions: { regions: number; images: number };
  gap: { train: number; val: number };
  smallTest: { regions: number; low: number; high: number };
  fewTest: { classes: { name: string; count: number }[] };
}
type Finding = FindingOf<SegmentFindings>;

export const segmentLevels: Readonly<Record<keyof SegmentFindings, Level>> = {
  ...placeLevels,
  nothingFound: 'act',
  undertrained: 'act',
  neverFound: 'act',
  missed: 'act',
  tooMuch: 'careful',
  falseRegions: 'careful',
  gap: 'careful',
  smallTest: 'careful',
  fewTest: 'careful',
  poorEdges: 'try',
};

// Rules of thumb: where a picture or region more or less visibly moves a number, or where a number is too low to rely on.
const FEW_TEST = 10;
const WEAK = 0.7;
const WEAK_EDGES = 0.6;
const GOOD_AREA = 0.6;
const FALSE_REGIONS = { all: 3, perPicture: 0.1 };
const WIDE_INTERVAL = 0.1;
const LEARNED = 0.4;
const GAP = 0.1;

/** What a careful engineer would point out about a segmenter. */
export function segmentFindings({ evaluation: e, epochs, best }: Seen<SegmentEvaluation>): Finding[] {
  const found: Finding[] = [];
  const [train, val] = [best?.train.iou, best?.val?.iou];
  if (train !== undefined && val !== undefined) {
    // Training pictures are varied, so a low overlap on them says little where the unvaried ones are marked well.
    if (Math.max(train, val) < LEARNED) found.push({ kind: 'undertrained', train: Math.max(train, val), epochs });
    if (train - val > GAP) found.push({ kind: 'gap', train, val });
  }
  return e ? [...found, ...fromEvaluation(e)] : found;
}

function fromEvaluation(e: SegmentEvaluation): Finding[] {
  const { images, pictures, regions } = e;
  const classes = things(e);
  const shown = classes.map((c) => ({ name: c.name, shown: c.pictures }));
  const { missedPixels: missed, foundPixels } = regions;
  const found: Finding[] = placeFindings({
    images,
    classes: shown,
    pictures,
    missed,
    all: [...foundPixels, ...missed],
  });
  if (pictures.positive === 0) return found;
  if (areaFound(e) === 0) return [...found, { kind: 'nothingFound', pictures: pictures.positive }];
  const seen = classes.filter((c) => c.pictures > 0);
  const never = seen.filter((c) => c.recall === 0);
  if (never.length > 0) found.push({ kind: 'neverFound', classes: never });
  found.push(...low(seen, 'missed', ({ recall }) => recall, WEAK));
  found.push(...low(classes, 'tooMuch', ({ precision }) => precision, WEAK));
  const covered = seen.filter(({ iou }) => (iou ?? 0) >= GOOD_AREA);
  found.push(...low(covered, 'poorEdges', ({ boundaryF }) => boundaryF, WEAK_EDGES));
  const { falseAlarms } = regions;
  if (falseAlarms >= FALSE_REGIONS.all && falseAlarms > FALSE_REGIONS.perPicture * images) {
    found.push({ kind: 'falseRegions', regions: falseAlarms, images });
  }
  const all = regions.found + regions.missed;
  const range = all > 0 ? wilson(regions.found, all) : undefined;
  if (range && range.high - range.low > WIDE_INTERVAL) found.push({ kind: 'smallTest', regions: all, ...range });
  const few = seen.filter((c) => c.pictures < FEW_TEST);
  if (few.length > 0) {
    found.push({ kind: 'fewTest', classes: few.map(({ name, pictures: count }) => ({ name, count })) });
  }
  return found;
}

/** Classes whose share is low but not 0, the lowest first. */
function low(
  classes: readonly SegmentClass[],
  kind: 'missed' | 'tooMuch' | 'poorEdges',
  shareOf: (c: SegmentClass) => number | null,
  limit: number,
): Finding[] {
  const weak = classes
    .map((c) => ({ name: c.name, share: shareOf(c) ?? 1 }))
    .filter(({ share }) => share > 0 && share < limit)
    .sort((a, b) => a.share - b.share);
  return weak.length > 0 ? [{ kind, classes: weak }] : [];
}
