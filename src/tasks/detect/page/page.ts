import type { Lang } from '../../../page/format.ts';
import type { TaskPage } from '../../page.ts';
import type { DetectEvaluation } from '../evaluation.ts';

export function detectPage(_lang: Lang): TaskPage<DetectEvaluation> {
  throw new Error('not written yet');
}
