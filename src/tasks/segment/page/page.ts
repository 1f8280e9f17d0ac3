import { told } from '../../../page/advice.ts';
import { formatFor, type Lang } from '../../../page/format.ts';
import { sharedWords } from '../../../page/words/words.ts';
import { wilson } from '../../interval.ts';
import type { PageContext, TaskPage } from '../../page.ts';
import { placeWords } from '../../places/page/words/words.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import { classes } from './classes.ts';
import { confusion } from './confusion.ts';
import { areaFound, areaRight } from './counts.ts';
import { examples, pictureSide, shownPictures } from './examples.ts';
import { type SegmentFindings, segmentFindings, segmentLevels } from './findings.ts';
import { regions } from './regions.ts';
import { whole } from './whole.ts';
import { segmentWords } from './words/words.ts';

const parts = { classes, regions, examples, confusion, whole };

/** What a page says about a segmenter. */
export function segmentPage(lang: Lang): TaskPage<SegmentEvaluation> {
  const format = formatFor(lang);
  const { percent } = format;
  const [words, places, shared] = [segmentWords[lang](format), placeWords[lang](format), sharedWords[lang](format)];
  const { head, learning, steps } = words;
  return {
    kind: head.kind,
    // The background is a class for the network, not for people.
    lead: (all, train) => head.lead(all - 1, train),
    hero: (e) => {
      const found = areaFound(e);
      if (found === undefined) return head.heroNothing;
      const right = areaRight(e);
      return found === 0 || right === undefined ? head.heroNone : head.hero(percent(found, 0), percent(right, 0));
    },
    measured: (e) => {
      const { found, missed, falseAlarms } = e.regions;
      const all = found + missed;
      if (all === 0) return head.nothing(e.images);
      const { low, high } = wilson(found, all);
      const range = { low: percent(low, 0), high: percent(high, 0) };
      return head.measured({ ...range, found, all, falseAlarms, images: e.images, iou: percent(e.iou) });
    },
    cardTitle: head.iou,
    card: (e) => ({
      value: areaFound(e) === undefined ? '–' : percent(e.iou),
      note: head.iouMeans(e.classes.length - 1),
    }),
    files: (e) => shownPictures(e).map(({ file }) => file),
    pictureSide,
    sections: (Object.keys(parts) as (keyof typeof parts)[]).map((id) => ({
      id,
      title: words[id].title,
      content: (e: SegmentEvaluation, context: PageContext) => parts[id](e, { ...context, words, places, shared }),
    })),
    findings: (seen) =>
      told<SegmentFindings>(segmentFindings(seen), segmentLevels, { ...places.findings, ...words.findings }).map(
        (finding) => (finding.kind === 'undertrained' ? { ...finding, unfinished: true } : finding),
      ),
    nothing: words.nothing,
    next: (e) => ({ first: e.worst.length > 0 ? [steps.examples] : [], last: [steps.size] }),
    learning: {
      figure: 'iou',
      share: true,
      title: learning.curve,
      summary: (epochs, best, value) => learning.summary(epochs, best, percent(value)),
    },
    terms: [...words.terms, places.term],
  };
}
