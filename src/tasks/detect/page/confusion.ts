import { type Content, type Html, html } from '../../../page/html.ts';
import { matrix } from '../../../page/matrix.ts';
import { mixedUp, pairsTable } from '../../../page/pairs.ts';
import { missing, name, scrolling } from '../../../page/parts.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';
import { atBest } from './counts.ts';

/** A wider matrix does not fit a page. */
const MOST_CLASSES = 18;

/** What things were taken for, what was missed, and what was seen where nothing is; where there are too many classes, the most frequent of these. */
export function confusion(e: DetectEvaluation, context: DetectContext): Content {
  const w = context.words.confusion;
  if (!atBest(e)) return missing(context.words.thresholds.nothing);
  const wide = e.classes.length > MOST_CLASSES;
  return [
    html`<p class="intro">${wide ? w.pairs : w.intro}</p>`,
    scrolling(w.title, wide ? pairs(e, context) : table(e, context)),
  ];
}

function table(e: DetectEvaluation, { words, format }: DetectContext): Html {
  const w = words.confusion;
  const last = e.classes.length;
  const named = e.classes.map((c, i) => ({ sign: String(i + 1), name: c.name }));
  const [rows, columns] = [
    [...named, { sign: '–', name: w.nothing }],
    [...named, { sign: w.missed, name: w.missed }],
  ];
  return matrix({
    truth: w.truth,
    answer: w.answer,
    rows,
    columns,
    counts: e.confusion,
    title: (count, t, p) =>
      t === last && p === last
        ? ''
        : t === last
          ? w.alarm(count, columns[p]!.name)
          : p === last
            ? w.miss(count, rows[t]!.name)
            : w.cell(count, rows[t]!.name, columns[p]!.name),
    write: (count, _, t, p) => (t === last && p === last ? '' : format.count(count)),
  });
}

function pairs(e: DetectEvaluation, { words, shared, format }: DetectContext): Html {
  const w = words.confusion;
  const last = e.classes.length;
  return pairsTable({
    heads: [w.truth, w.answer, w.count],
    rows: mixedUp(e.confusion).map(({ count, truth, answer }) => [
      truth === last ? w.nothing : name(e.classes[truth]!.name),
      answer === last ? w.missed : name(e.classes[answer]!.name),
      format.count(count),
    ]),
    none: w.perfect,
    more: shared.more,
  });
}
