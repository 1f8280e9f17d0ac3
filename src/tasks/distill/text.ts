import { percent } from '../../base/text/percent.ts';
import { table } from '../../base/text/table.ts';
import type { DistillEvaluation } from './evaluation.ts';

/** An evaluation as terminal text. */
export function distillText(
  { split, images, loss, parts, agreement }: DistillEvaluation,
  of = `the ${split} split`,
): string {
  const rows = [
    ['loss', loss.toFixed(3), ''],
    ...Object.entries(parts).map(([name, share]) => [
      name,
      percent(share),
      'of what varies in what the teacher says of it is explained',
    ]),
    ...(agreement === undefined ? [] : [['same class', percent(agreement), 'pictures that both take for the same']]),
  ];
  return `${images} images of ${of}\n${table(rows, { left: [0, 2] })}`;
}
