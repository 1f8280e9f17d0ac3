import { told } from '../../../page/advice.ts';
import { formatFor, type Lang } from '../../../page/format.ts';
import { inOf } from '../../../page/plain.ts';
import { sharedWords } from '../../../page/words/words.ts';
import type { PageContext, TaskPage } from '../../page.ts';
import { correct } from '../confusion.ts';
import { accuracyInterval, type Evaluation } from '../evaluation.ts';
import { calibration } from './calibration.ts';
import { classes } from './classes.ts';
import { confusion } from './confusion.ts';
import { type ClassifyFindings, classifyFindings, classifyLevels } from './findings.ts';
import { mistakes } from './mistakes.ts';
import { classifyWords } from './words/words.ts';

const parts = { classes, confusion, mistakes, calibration };

/** What a page says about a classifier. */
export function classifyPage(lang: Lang): TaskPage<Evaluation> {
  const format = formatFor(lang);
  const { percent } = format;
  const [words, shared] = [classifyWords[lang](format), sharedWords[lang](format)];
  const { head, learning, steps } = words;
  return {
    kind: head.kind,
    lead: head.lead,
    hero: (e) => {
      const { right, of } = inOf(e.accuracy);
      return correct(e.confusion) === e.images ? head.heroAll(e.images) : head.hero(right, of);
    },
    measured: (e) => {
      const { low, high } = accuracyInterval(e);
      return head.measured(correct(e.confusion), e.images, percent(e.accuracy), percent(low), percent(high));
    },
    cardTitle: head.accuracy,
    card: (e) => {
      const { low, high } = accuracyInterval(e);
      return { value: percent(e.accuracy), note: head.interval(percent(low), percent(high)) };
    },
    files: (e) => e.worst.map(({ file }) => file),
    sections: (Object.keys(parts) as (keyof typeof parts)[]).map((id) => ({
      id,
      title: words[id].title,
      content: (e: Evaluation, context: PageContext) => parts[id](e, { ...context, words, shared }),
    })),
    findings: (seen) =>
      told<ClassifyFindings>(classifyFindings(seen), classifyLevels, words.findings).map((finding) =>
        finding.kind === 'undertrained' ? { ...finding, unfinished: true } : finding,
      ),
    nothing: words.nothing,
    next: (e) => ({ first: e.worst.length > 0 ? [steps.mistakes] : [], last: [steps.limit] }),
    learning: {
      figure: 'accuracy',
      share: true,
      title: learning.curve,
      summary: (epochs, best, value) => learning.summary(epochs, best, percent(value)),
    },
    terms: words.terms,
  };
}
