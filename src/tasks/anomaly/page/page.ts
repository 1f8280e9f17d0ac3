import { told } from '../../../page/advice.ts';
import { formatFor, type Lang } from '../../../page/format.ts';
import { sharedWords } from '../../../page/words/words.ts';
import { wilson } from '../../interval.ts';
import type { PageContext, TaskPage } from '../../page.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import { examples, pictureSide, shownPictures } from './examples.ts';
import { type AnomalyFindings, anomalyFindings, anomalyLevels } from './findings.ts';
import { kinds } from './kinds.ts';
import { separation } from './separation.ts';
import { threshold } from './threshold.ts';
import { anomalyWords } from './words/words.ts';

const parts = { separation, threshold, kinds, examples };

/** What a page says about a finder of anomalies. */
export function anomalyPage(lang: Lang): TaskPage<AnomalyEvaluation> {
  const format = formatFor(lang);
  const { percent, count } = format;
  const [words, shared] = [anomalyWords[lang](format), sharedWords[lang](format)];
  const { head, steps } = words;
  return {
    kind: head.kind,
    lead: (_, train) => head.lead(train),
    hero: (e) =>
      e.anomalous === 0
        ? head.heroNothing
        : head.hero(count(e.anomalous - e.missed), count(e.anomalous), count(e.falseAlarms), count(e.good)),
    measured: (e) => {
      if (e.anomalous === 0) return head.nothing(e.images);
      const { low, high } = wilson(e.anomalous - e.missed, e.anomalous);
      return head.measured({
        images: e.images,
        auroc: e.auroc === null ? '–' : percent(e.auroc),
        low: percent(low, 0),
        high: percent(high, 0),
      });
    },
    cardTitle: head.card,
    card: (e) => ({ value: e.auroc === null ? '–' : percent(e.auroc), note: head.cardMeans }),
    files: (e) => shownPictures(e).map(({ file }) => file),
    pictureSide,
    sections: (Object.keys(parts) as (keyof typeof parts)[]).map((id) => ({
      id,
      title: words[id].title,
      content: (e: AnomalyEvaluation, context: PageContext) => parts[id](e, { ...context, words, shared }),
    })),
    findings: (seen) => told<AnomalyFindings>(anomalyFindings(seen), anomalyLevels, words.findings),
    nothing: words.nothing,
    next: (e) => ({
      first: e.missed + e.falseAlarms > 0 ? [steps.examples] : [],
      last: [steps.more],
    }),
    terms: words.terms,
  };
}
