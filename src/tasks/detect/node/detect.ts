import { percent } from '../../../base/text/percent.ts';
import type { NodeTask } from '../../node/task.ts';
import type { DetectAnswer } from '../answer.ts';
import { detect as core } from '../detect.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import { detectPage } from '../page/page.ts';
import { detectSurvey } from '../survey.ts';
import type { DetectTarget } from '../target.ts';
import { detectText } from '../text.ts';
import { detectExpects, readDetect } from './read.ts';

/** Detection from the labels that people have. */
export const detect: NodeTask<DetectTarget, DetectAnswer, DetectEvaluation> = {
  ...core,
  expects: detectExpects,
  read: readDetect,
  survey: detectSurvey,
  renumbered: ({ objects }, to) => ({ objects: objects.map((o) => ({ ...o, label: to[o.label]! })) }),
  page: detectPage,
  text: detectText,
  columns: [
    { head: 'things', words: false },
    { head: 'classes', words: true },
    { head: 'surest', words: true },
  ],
  row: ({ objects }, top) => {
    const counts = new Map<string, number>();
    for (const { label } of objects) counts.set(label, (counts.get(label) ?? 0) + 1);
    const classes = [...counts].sort((a, b) => b[1] - a[1]).map(([label, n]) => `${label} ${n}`);
    const surest = objects
      .slice(0, Math.max(1, top))
      .map(({ label, score, box }) => `${label} ${percent(score)} at ${box.map(Math.round).join(',')}`);
    return [String(objects.length), classes.join(', '), surest.join('; ')];
  },
  // Everything that is there is the answer; `top` is for lists of guesses.
  shortened: (answer) => answer,
};
