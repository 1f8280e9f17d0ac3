import { percent } from '../../../base/text/percent.ts';
import type { NodeTask } from '../../node/task.ts';
import { type ClassifyAnswer, classify as core } from '../classify.ts';
import type { Evaluation } from '../evaluation.ts';
import { classifyPage } from '../page/page.ts';
import { evaluationText } from '../text.ts';
import { readClassFolders } from './read.ts';

/** Classification of folders of pictures. */
export const classify: NodeTask<number, ClassifyAnswer, Evaluation> = {
  ...core,
  expects:
    'DIR/<class>/*.jpg with at least two classes; DIR/train/<class>/* and DIR/test/<class>/* (and val); class folders with a ' +
    'split.json {classes, train, test}; IDX files such as train-images-idx3-ubyte.gz',
  read: readClassFolders,
  renumbered: (label, to) => to[label]!,
  page: classifyPage,
  text: evaluationText,
  columns: [
    { head: 'class', words: true },
    { head: 'sure', words: false },
    { head: 'others', words: true },
  ],
  row: ({ ranked }, top) => {
    const [best, ...rest] = ranked.slice(0, Math.max(1, top));
    const others = rest.map((r) => `${r.label} ${percent(r.confidence)}`).join(', ');
    return [best!.label, percent(best!.confidence), others];
  },
  shortened: ({ ranked }, top) => ({ ranked: ranked.slice(0, top) }),
};
