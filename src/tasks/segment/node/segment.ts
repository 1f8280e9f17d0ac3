import { percent } from '../../../base/text/percent.ts';
import { ignoreIndex } from '../../../data/geometry/mask.ts';
import type { NodeTask } from '../../node/task.ts';
import type { SegmentAnswer } from '../answer.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import { segmentPage } from '../page/page.ts';
import { segment as core } from '../segment.ts';
import { segmentSurvey } from '../survey.ts';
import type { SegmentTarget } from '../target.ts';
import { segmentText } from '../text.ts';
import { readSegment, segmentExpects } from './read.ts';

/** Segmentation from masks and outlines. */
export const segment: NodeTask<SegmentTarget, SegmentAnswer, SegmentEvaluation> = {
  ...core,
  expects: segmentExpects,
  read: readSegment,
  survey: segmentSurvey,
  renumbered: ({ size, parts }, to) => ({
    size,
    parts: parts.map((p) => (p.label === ignoreIndex ? p : { ...p, label: to[p.label]! })),
  }),
  page: segmentPage,
  text: segmentText,
  columns: [
    { head: 'score', words: false },
    { head: 'found', words: true },
  ],
  row: ({ score, parts }, top) => [
    percent(score),
    parts
      .slice(0, Math.max(1, top))
      .map(({ label, share, pixels }) => `${label} ${percent(share)} (${pixels} px)`)
      .join(', ') || 'nothing',
  ],
  shortened: (answer) => answer,
};
