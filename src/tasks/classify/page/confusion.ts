import { type Content, type Html, html } from '../../../page/html.ts';
import { name, scrolling } from '../../../page/parts.ts';
import { mixups, rowSum } from '../confusion.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ClassifyContext } from './context.ts';

/** A wider matrix does not fit a page. */
const MOST_COLUMNS = 20;
const MOST_PAIRS = 25;

/** The confusion matrix with coloured fields, or the most frequent mix-ups where there are too many classes. */
export function confusion(e: Evaluation, context: ClassifyContext): Content {
  const w = context.words.confusion;
  const wide = e.classes.length > MOST_COLUMNS;
  return [
    html`<p class="intro">${wide ? w.pairs : w.intro}</p>`,
    scrolling(w.title, wide ? pairs(e, context) : matrix(e, context)),
  ];
}

function matrix(e: Evaluation, { words, format }: ClassifyContext): Html {
  const w = words.confusion;
  const label = (c: number) => e.classes[c]!.name;
  const rows = e.confusion.map((row, truth) => {
    const support = rowSum(e.confusion, truth);
    const cells = row.map((count, predicted) => {
      const share = support > 0 ? count / support : 0;
      const title = w.cell(count, label(truth), label(predicted));
      const kind = predicted === truth ? 'hit' : 'miss';
      const style = count > 0 ? `background:${tint(share, kind)}` : '';
      return html`<td class="${kind}${count === 0 && ' zero'}" style="${style}" title="${title}">${format.count(count)}</td>`;
    });
    return html`<tr><th scope="row"><span class="number">${truth + 1}</span> ${name(label(truth))}</th>${cells}</tr>`;
  });
  const heads = e.classes.map(
    (c, i) =>
      html`<th scope="col" title="${c.name}"><span class="number">${i + 1}</span><span class="hidden">${c.name}</span></th>`,
  );
  return html`<table class="matrix"><thead><tr><td></td><th scope="colgroup" colspan="${e.classes.length}">${w.answer}</th></tr>
<tr><th scope="col">${w.truth}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

const colours = { hit: [96, 184, 143], miss: [238, 120, 92] } as const;

/** White to the kind's colour; light enough for dark text at its strongest, and a single mistake still visible. */
function tint(share: number, kind: keyof typeof colours): string {
  const strength = kind === 'hit' ? share : Math.min(1, 0.18 + share * 2);
  const mix = colours[kind].map((c) => Math.round(255 + (c - 255) * strength));
  return `rgb(${mix.join(',')})`;
}

function pairs(e: Evaluation, { words, shared, format }: ClassifyContext): Html {
  const w = words.confusion;
  const all = mixups(e.confusion);
  if (all.length === 0) return html`<p>${w.perfect}</p>`;
  const rows = all
    .slice(0, MOST_PAIRS)
    .map(
      (m) =>
        html`<tr><th scope="row">${name(e.classes[m.truth]!.name)}</th><td>${name(e.classes[m.predicted]!.name)}</td><td class="n">${format.count(m.count)}</td><td class="n">${format.percent(m.share)}</td></tr>`,
    );
  return html`<table><thead><tr><th scope="col">${w.truth}</th><th scope="col">${w.answer}</th><th scope="col" class="n">${w.count}</th><th scope="col" class="n">${w.share}</th></tr></thead>
<tbody>${rows}</tbody></table>${all.length > MOST_PAIRS && html`<p>${shared.more(all.length - MOST_PAIRS)}</p>`}`;
}
