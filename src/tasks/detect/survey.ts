import { percent } from '../../base/text/percent.ts';
import { boxArea } from '../../data/geometry/boxes.ts';
import { counted, median, type Survey, type Surveyed, type SurveyTable } from '../survey.ts';
import { MEDIUM, SMALL } from './metrics/coco.ts';
import type { DetectTarget } from './target.ts';

/** Things that take less of their picture than this are lost when it is made small. */
const TINY = 0.005;

interface Seen {
  readonly label: number;
  readonly area: number;
  /** Of the picture. */
  readonly share: number;
}

/** Objects by class, and how large they are. */
export const detectSurvey: Survey<DetectTarget> = {
  tables(pictures, classes): SurveyTable[] {
    const seen = pictures.flatMap(({ target, width, height }): Seen[] =>
      target.objects.map(({ label, box }) => {
        const area = boxArea(box);
        return { label, area, share: area / (width * height) };
      }),
    );
    const row = (name: string, objects: readonly Seen[]): string[] => {
      const sized = (from: number, to: number) => objects.filter(({ area }) => area >= from && area < to).length;
      const each = [objects.length, sized(0, SMALL), sized(SMALL, MEDIUM), sized(MEDIUM, Number.POSITIVE_INFINITY)];
      const side = Math.sqrt(median(objects.map(({ area }) => area)));
      return [name, ...each.map(counted), side.toFixed(0), percent(median(objects.map(({ share }) => share)), 2)];
    };
    const byClass = classes.map((): Seen[] => []);
    for (const one of seen) byClass[one.label]?.push(one);
    const rows = classes.map((name, label) => row(name, byClass[label]!));
    return [
      {
        title: 'objects',
        columns: ['class', 'objects', 'small', 'medium', 'large', 'side', 'of the picture'],
        rows: classes.length > 1 ? [...rows, row('total', seen)] : rows,
        notes: notes(pictures, seen),
      },
    ];
  },
  uneven:
    'Some classes are rare: judge class by class, not by the mean alone, and sample evenly (--sampling balanced).',
};

function notes(pictures: readonly Surveyed<DetectTarget>[], seen: readonly Seen[]): string[] {
  const full = pictures.filter(({ target }) => target.objects.length > 0).length;
  const most = pictures.reduce((max, { target }) => Math.max(max, target.objects.length), 0);
  const marked = (key: 'crowd' | 'difficult') =>
    pictures.reduce((sum, { target }) => sum + target.objects.filter((object) => object[key]).length, 0);
  const found = [
    'small, medium, large: below 32², below 96², and from 96² pixels of area (COCO’s bounds); side: square root of the median area',
    `${counted(full)} pictures with objects, ${(seen.length / Math.max(1, full)).toFixed(1)} in each, ${most} at most; ` +
      `${counted(pictures.length - full)} without any`,
  ];
  const [crowds, difficult] = [marked('crowd'), marked('difficult')];
  if (crowds > 0)
    found.push(`${counted(crowds)} objects stand for crowds: finding them counts neither for nor against`);
  if (difficult > 0) found.push(`${counted(difficult)} objects are marked as difficult`);
  const share = median(seen.map((one) => one.share));
  if (seen.length > 0 && share < TINY) {
    found.push(
      `half of the objects take less than ${percent(share, 2)} of their picture: train on crops and predict by tiles`,
    );
  }
  return found;
}
