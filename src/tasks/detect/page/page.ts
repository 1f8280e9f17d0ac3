import { told } from '../../../page/advice.ts';
import { formatFor, type Lang } from '../../../page/format.ts';
import { inOf } from '../../../page/plain.ts';
import { sharedWords } from '../../../page/words/words.ts';
import { wilson } from '../../interval.ts';
import type { PageContext, TaskPage } from '../../page.ts';
import { written } from '../../places/page/pictures.ts';
import { placeWords } from '../../places/page/words/words.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import { classes } from './classes.ts';
import { confusion } from './confusion.ts';
import { atBest } from './counts.ts';
import { examples, pictureSide, shownPictures } from './examples.ts';
import { type DetectFindings, detectFindings, detectLevels } from './findings.ts';
import { small } from './small.ts';
import { thresholds } from './thresholds.ts';
import { whole } from './whole.ts';
import { detectWords } from './words/words.ts';

const parts = { classes, thresholds, examples, confusion, small, whole };

/** What a page says about a detector. */
export function detectPage(lang: Lang): TaskPage<DetectEvaluation> {
  const format = formatFor(lang);
  const { percent } = format;
  const [words, places, shared] = [detectWords[lang](format), placeWords[lang](format), sharedWords[lang](format)];
  const { head, learning, steps } = words;
  return {
    kind: head.kind,
    lead: head.lead,
    hero: (e) => {
      if (e.objects === 0) return head.heroNothing;
      const best = atBest(e);
      if (!best) return head.heroNone(e.objects);
      const alarms = head.alarms(best.falseAlarms);
      if (best.found === e.objects) return head.heroAll(e.objects, alarms);
      const { right, of } = inOf(best.found / e.objects);
      return head.hero(right, of, alarms);
    },
    measured: (e) => {
      const best = atBest(e);
      if (!best) return head.nothing(e.images, e.objects);
      const { low, high } = wilson(best.found, e.objects);
      const { found, alarms } = best;
      const score = written(best.score, format);
      const { objects, images } = e;
      return head.measured({ found, alarms, objects, images, score, low: percent(low, 0), high: percent(high, 0) });
    },
    cardTitle: head.ap50,
    card: (e) => ({ value: e.ap50 === null ? '–' : percent(e.ap50), note: head.ap50Means }),
    files: (e) => shownPictures(e).map(({ file }) => file),
    pictureSide,
    sections: (Object.keys(parts) as (keyof typeof parts)[]).map((id) => ({
      id,
      title: words[id].title,
      content: (e: DetectEvaluation, context: PageContext) => parts[id](e, { ...context, words, places, shared }),
    })),
    findings: (seen) =>
      told<DetectFindings>(detectFindings(seen), detectLevels, { ...places.findings, ...words.findings }).map(
        (finding) => (finding.kind === 'undertrained' ? { ...finding, unfinished: true } : finding),
      ),
    nothing: words.nothing,
    next: (e) => ({
      first: e.worst.length > 0 ? [steps.examples] : [],
      last: atBest(e) ? [steps.threshold] : [],
    }),
    learning: {
      figure: 'ap50',
      share: true,
      title: learning.curve,
      summary: (epochs, best, value) => learning.summary(epochs, best, percent(value)),
    },
    terms: [...words.terms, places.term],
  };
}
