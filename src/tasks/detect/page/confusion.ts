import { type Content, type Html, html } from '../../../page/html.ts';
import { matrix } from '../../../page/matrix.ts';
import { missing, name, scrolling } from '../../../page/parts.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';
import { atBest } from './counts.ts';

/** A wider matrix does not fit a page. */
const MOST_CLASSES = 18;
const MOST_PAIRS = 25;

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
  const all = e.confusion
    .flatMap((row, truth) => row.map((count, answer) => ({ count, truth, answer })))
    .filter(({ count, truth, answer }) => count > 0 && truth !== answer)
    .sort((a, b) => b.count - a.count);
  if (all.length === 0) return html`<p>${w.perfect}</p>`;
  const rows = all.slice(0, MOST_PAIRS).map(({ count, truth, answer }) => {
    const said = answer === last ? w.missed : name(e.classes[answer]!.name);
    return html`<tr><th scope="row">${truth === last ? w.nothing : name(e.classes[truth]!.name)}</th><td>${said}</td><td class="n">${format.count(count)}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">${w.truth}</th><th scope="col">${w.answer}</th><th scope="col" class="n">${w.count}</th></tr></thead>
<tbody>${rows}</tbody></table>${all.length > MOST_PAIRS && html`<p>${shared.more(all.length - MOST_PAIRS)}</p>`}`;
}
