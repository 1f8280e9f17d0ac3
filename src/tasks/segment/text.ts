import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import type { SegmentEvaluation } from './evaluation.ts';

const MOST_FOR_MATRIX = 12;
const TOP_MISTAKES = 10;
const NAME = 40;

/** An evaluation as terminal text: overlap, classes, regions, pictures, what was taken for what, the pictures judged worst. */
export function segmentText(e: SegmentEvaluation, of = `the ${e.split} split`): string {
  const parts = [summary(e, of), classTable(e), found(e)];
  if (e.classes.length <= MOST_FOR_MATRIX) parts.push(matrix(e));
  if (e.worst.length > 0) parts.push(mistakes(e));
  return parts.join('\n\n');
}

const share = (value: number | null) => (value === null ? '–' : percent(value));

function summary(e: SegmentEvaluation, of: string): string {
  const rows = [
    ['IoU', percent(e.iou), 'overlap of what was marked with what is there, mean of the classes but the background'],
    ['mIoU', percent(e.miou), 'the same with the background'],
    ['Dice', percent(e.dice), 'mean of the classes but the background'],
    ['pixels', percent(e.accuracy), 'share of pixels with the right class'],
    ['loss', e.loss.toFixed(4), 'mean cross-entropy of a pixel'],
  ];
  return `${e.images} images of ${of}, at their own size\n${table(rows, { left: [0, 2] })}`;
}

function classTable({ classes }: SegmentEvaluation): string {
  const head = ['class', 'pictures', 'pixels', 'IoU', 'Dice', 'found', 'right', 'edges (IoU)', 'edges (F)'];
  const rows = classes.map((c) => [
    c.name,
    String(c.pictures),
    String(c.support),
    ...[c.iou, c.dice, c.recall, c.precision, c.boundaryIou, c.boundaryF].map(share),
  ]);
  return table([head, ...rows], { widest: NAME });
}

function found({ regions, pictures }: SegmentEvaluation): string {
  const { found: hits, missed, missedPixels, falseAlarms } = regions;
  const middle = missedPixels[Math.floor(missedPixels.length / 2)];
  const size = middle === undefined ? '' : ` (half of those smaller than ${middle + 1} pixels)`;
  const lines = [
    `connected regions: ${hits} of ${hits + missed} found, ${missed} missed${size}; ${falseAlarms} where nothing is`,
  ];
  const { positive, negative, auroc, threshold, missed: lost, falseAlarms: wrong } = pictures;
  if (auroc !== null) {
    lines.push(
      `pictures with something or nothing: AUROC ${percent(auroc)} (${positive} and ${negative}); at most 1 % false alarms: ` +
        `${share(lost)} missed, ${share(wrong)} of the others reported (score ${threshold?.toFixed(2) ?? '–'})`,
    );
  }
  return lines.join('\n');
}

function matrix({ classes, confusion }: SegmentEvaluation): string {
  const head = ['', 'pixels, % of the row; rows: truth, columns: prediction', ...classes.map((_, c) => String(c + 1))];
  const rows = confusion.map((row, t) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return [
      String(t + 1),
      classes[t]!.name,
      ...row.map((n, p) => (n === 0 && p !== t ? '·' : sum > 0 ? percent(n / sum) : '–')),
    ];
  });
  return table([head, ...rows], { left: [1], widest: 56 });
}

function mistakes(e: SegmentEvaluation): string {
  const rows = e.worst
    .slice(0, TOP_MISTAKES)
    .map((w) => [w.file, String(w.missed), String(w.wrong), String(w.right), percent(w.score)]);
  return table([['judged worst (pixels)', 'missed', 'wrong', 'right', 'score'], ...rows], { widest: 60 });
}
