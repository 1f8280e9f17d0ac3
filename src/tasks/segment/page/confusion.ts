import { type Content, type Html, html } from '../../../page/html.ts';
import { matrix } from '../../../page/matrix.ts';
import { name, scrolling } from '../../../page/parts.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';

/** A wider matrix does not fit a page. */
const MOST_CLASSES = 12;
const MOST_PAIRS = 25;

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
  const all = e.confusion
    .flatMap((row, truth) => row.map((count, answer) => ({ count, truth, answer })))
    .filter(({ count, truth, answer }) => count > 0 && truth !== answer)
    .sort((a, b) => b.count - a.count);
  if (all.length === 0) return html`<p>${w.perfect}</p>`;
  const rows = all.slice(0, MOST_PAIRS).map(({ count, truth, answer }) => {
    const share = format.percent(count / e.classes[truth]!.support);
    return html`<tr><th scope="row">${name(e.classes[truth]!.name)}</th><td>${name(e.classes[answer]!.name)}</td><td class="n">${format.count(count)}</td><td class="n">${share}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">${w.truth}</th><th scope="col">${w.answer}</th><th scope="col" class="n">${w.count}</th><th scope="col" class="n">${w.share}</th></tr></thead>
<tbody>${rows}</tbody></table>${all.length > MOST_PAIRS && html`<p>${shared.more(all.length - MOST_PAIRS)}</p>`}`;
}
