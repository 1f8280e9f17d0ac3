import type { NodeTask } from '../../node/task.ts';
import { anomaly as core } from '../anomaly.ts';
import type { AnomalyAnswer } from '../answer.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import { anomalyReading } from '../options.ts';
import { anomalyPage } from '../page/page.ts';
import { anomalySurvey } from '../survey.ts';
import type { AnomalyTarget } from '../target.ts';
import { anomalyText } from '../text.ts';
import { anomalyExpects, readAnomaly } from './read.ts';

/** Anomalies, from folders of good pictures and others. */
export const anomaly: NodeTask<AnomalyTarget, AnomalyAnswer, AnomalyEvaluation> = {
  ...core,
  expects: anomalyExpects,
  read: readAnomaly,
  reading: anomalyReading,
  survey: anomalySurvey,
  // The two classes are the same everywhere.
  renumbered: (target) => target,
  page: anomalyPage,
  text: anomalyText,
  columns: [
    { head: 'score', words: false },
    { head: 'says', words: true },
    { head: 'most at', words: true },
  ],
  row: ({ score, anomalous, at }) => [
    score.toFixed(2),
    anomalous ? 'anomalous' : 'good',
    anomalous ? `x ${at[0]}, y ${at[1]}` : '',
  ],
  // The heat map is for drawings; as numbers the exported model gives it.
  shortened: ({ heat: _, ...answer }) => answer,
};
