import { type Content, type Html, html } from '../../../page/html.ts';
import { matrix } from '../../../page/matrix.ts';
import { mixedUp, pairsTable } from '../../../page/pairs.ts';
import { name, scrolling } from '../../../page/parts.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';

/** A wider matrix does not fit a page. */
const MOST_CLASSES = 12;

/** Which class's area was taken for which, in percent of each class's own area. */
export function confusion(e: SegmentEvaluation, context: SegmentContext): Content {
  const w = context.words.confusion;
  const wide = e.classes.length > MOST_CLASSES;
  return [
    html`<p class="intro">${wide ? w.pairs : w.intro}</p>`,
    scrolling(w.title, wide ? pairs(e, context) : table(e, context)),
  ];
}

function table(e: SegmentEvaluation, { words, format }: SegmentContext): Html {
  const w = words.confusion;
  const label = (c: number) => e.classes[c]!.name;
  const numbered = e.classes.map((c, i) => ({ sign: String(i + 1), name: c.name }));
  return matrix({
    truth: w.truth,
    answer: w.answer,
    rows: numbered,
    columns: numbered,
    counts: e.confusion,
    title: (count, t, p) => w.cell(count, label(t), label(p)),
    write: (count, share, t) =>
      e.classes[t]!.support === 0 ? '–' : count === 0 ? '0' : format.percent(share, share < 0.1 || share > 0.9 ? 1 : 0),
  });
}

function pairs(e: SegmentEvaluation, { words, shared, format }: SegmentContext): Html {
  const w = words.confusion;
  return pairsTable({
    heads: [w.truth, w.answer, w.count, w.share],
    rows: mixedUp(e.confusion).map(({ count, truth, answer }) => [
      name(e.classes[truth]!.name),
      name(e.classes[answer]!.name),
      format.count(count),
      format.percent(count / e.classes[truth]!.support),
    ]),
    none: w.perfect,
    more: shared.more,
  });
}
