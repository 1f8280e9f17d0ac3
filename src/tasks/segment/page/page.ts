import type { Lang } from '../../../page/format.ts';
import type { TaskPage } from '../../page.ts';
import type { SegmentEvaluation } from '../evaluation.ts';

export function segmentPage(_lang: Lang): TaskPage<SegmentEvaluation> {
  throw new Error('not written yet');
}
