import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import type { DetectEvaluation, DetectPoint } from './evaluation.ts';

const MOST_FOR_MATRIX = 20;
const TOP_MISTAKES = 10;
const NAME = 40;

/** An evaluation as terminal text: COCO's figures, classes, thresholds, what was taken for what, the pictures with the most mistakes. */
export function detectText(e: DetectEvaluation, of = `the ${e.split} split`): string {
  const parts = [summary(e, of), classTable(e), thresholds(e)];
  if (e.classes.length <= MOST_FOR_MATRIX) parts.push(matrix(e));
  if (e.worst.length > 0) parts.push(mistakes(e));
  return parts.join('\n\n');
}

const share = (value: number | null) => (value === null ? '–' : percent(value));

function summary(e: DetectEvaluation, of: string): string {
  const rows = [
    ['AP50', share(e.ap50), 'average precision; a box is right where it overlaps by half (IoU 0.5)'],
    ['AP', share(e.ap), 'the same over overlaps of 0.5 to 0.95 (COCO)'],
    ['AP75', share(e.ap75), 'boxes that fit closely'],
    ['small', share(e.apSmall), 'AP of things below 32×32 pixels'],
    ['medium', share(e.apMedium), 'up to 96×96'],
    ['large', share(e.apLarge), 'above'],
    ['AR100', share(e.ar100), 'share found with at most 100 boxes of a class, mean over overlaps'],
  ];
  const { positive, negative, auroc } = e.pictures;
  if (auroc !== null)
    rows.push(['AUROC', share(auroc), `tells ${positive} pictures with things from ${negative} without`]);
  return `${e.images} images of ${of}, ${e.objects} things\n${table(rows, { left: [0, 2] })}`;
}

function classTable({ classes }: DetectEvaluation): string {
  const rows = classes.map((c) => [c.name, String(c.support), share(c.ap50), share(c.ap), share(c.ar100)]);
  return table([['class', 'things', 'AP50', 'AP', 'AR100'], ...rows], { widest: NAME });
}

function thresholds({ best, wishes, pictures }: DetectEvaluation): string {
  const row = (wish: string, point: DetectPoint | null) =>
    point
      ? [wish, point.score.toFixed(2), percent(point.missed), point.falseAlarms.toFixed(2), percent(point.precision)]
      : [wish, '–', 'no threshold does', '', ''];
  const rows = wishes.map(({ missed, falseAlarms, point }) =>
    row(
      missed === undefined ? `at most ${falseAlarms} false alarms a picture` : `at most ${percent(missed)} missed`,
      point,
    ),
  );
  const head = ['threshold for', 'score', 'missed', 'false alarms a picture', 'right of those shown'];
  const text = table([head, row('the best balance (F1)', best), ...rows]);
  if (pictures.missed === null) return text;
  const { threshold, missed, falseAlarms } = pictures;
  return `${text}\npictures with a thing or none, at most 1 % false alarms: ${percent(missed)} of those with one missed, ${percent(falseAlarms ?? 0)} of the others reported (score ${threshold?.toFixed(2) ?? '–'})`;
}

function matrix({ classes, confusion }: DetectEvaluation): string {
  const names = [...classes.map(({ name }) => name), 'nothing there'];
  const columns = classes.map((_, c) => String(c + 1));
  const head = ['', 'rows: truth, columns: prediction', ...columns, 'missed'];
  const last = names.length - 1;
  const rows = names.map((name, t) => [
    t < last ? String(t + 1) : '',
    name,
    ...confusion[t]!.map((n, p) => (t === last && p === last ? '' : n === 0 && p !== t ? '·' : String(n))),
  ]);
  return table([head, ...rows], { left: [1], widest: 34 });
}

function mistakes(e: DetectEvaluation): string {
  const rows = e.worst
    .slice(0, TOP_MISTAKES)
    .map((w) => [w.file, String(w.missed.length), String(w.wrong.length), String(w.right.length)]);
  return table([['most mistakes', 'missed', 'false alarms', 'right'], ...rows], { widest: 60 });
}
