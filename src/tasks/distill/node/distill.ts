import type { NodeTask } from '../../node/task.ts';
import type { DistillAnswer } from '../answer.ts';
import { distill as core } from '../distill.ts';
import type { DistillEvaluation } from '../evaluation.ts';
import { distillReading } from '../options.ts';
import { distillPage } from '../page/page.ts';
import { distillText } from '../text.ts';
import { readPictures } from './read.ts';

/** Pictures without labels, and a teacher. */
export const distill: NodeTask<null, DistillAnswer, DistillEvaluation> = {
  ...core,
  expects: 'pictures anywhere in DIR, without labels (never taken unless it is asked for)',
  read: readPictures,
  reading: distillReading,
  renumbered: () => null,
  page: distillPage,
  text: distillText,
  columns: [{ head: 'features', words: false }],
  row: ({ features }, top) => [
    `${features
      .slice(0, top)
      .map((v) => v.toFixed(3))
      .join(' ')} … (${features.length})`,
  ],
  shortened: (answer) => answer,
};
