import { type Content, type Html, html } from '../../../page/html.ts';
import { matrix } from '../../../page/matrix.ts';
import { pairsTable } from '../../../page/pairs.ts';
import { name, scrolling } from '../../../page/parts.ts';
import { mixups } from '../confusion.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ClassifyContext } from './context.ts';

/** A wider matrix does not fit a page. */
const MOST_COLUMNS = 20;

/** The confusion matrix with coloured fields, or the most frequent mix-ups where there are too many classes. */
export function confusion(e: Evaluation, context: ClassifyContext): Content {
  const w = context.words.confusion;
  const wide = e.classes.length > MOST_COLUMNS;
  return [
    html`<p class="intro">${wide ? w.pairs : w.intro}</p>`,
    scrolling(w.title, wide ? pairs(e, context) : table(e, context)),
  ];
}

function table(e: Evaluation, { words, format }: ClassifyContext): Html {
  const w = words.confusion;
  const label = (c: number) => e.classes[c]!.name;
  const numbered = e.classes.map((c, i) => ({ sign: String(i + 1), name: c.name }));
  return matrix({
    truth: w.truth,
    answer: w.answer,
    rows: numbered,
    columns: numbered,
    counts: e.confusion,
    title: (count, truth, predicted) => w.cell(count, label(truth), label(predicted)),
    write: (count) => format.count(count),
  });
}

function pairs(e: Evaluation, { words, shared, format }: ClassifyContext): Html {
  const w = words.confusion;
  return pairsTable({
    heads: [w.truth, w.answer, w.count, w.share],
    rows: mixups(e.confusion).map((m) => [
      name(e.classes[m.truth]!.name),
      name(e.classes[m.predicted]!.name),
      format.count(m.count),
      format.percent(m.share),
    ]),
    none: w.perfect,
    more: shared.more,
  });
}
