import { type Content, type Html, html } from '../../../page/html.ts';
import { name, scrolling } from '../../../page/parts.ts';
import { dim, shareBar } from '../../../page/share-bar.ts';
import { mixups } from '../confusion.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ClassifyContext } from './context.ts';

/** More rows than this say less than the weakest of them. */
const MOST_ROWS = 60;

/** Recall, precision and F1 of every class. */
export function classes(e: Evaluation, { words, format }: ClassifyContext): Content {
  const w = words.classes;
  const all = mixups(e.confusion);
  let rows = e.classes.map((c, index) => ({ ...c, index }));
  const limited = rows.length > MOST_ROWS;
  if (limited) rows = rows.sort((a, b) => a.f1 - b.f1).slice(0, MOST_ROWS);
  const body = rows.map((c) => {
    const most = all.find(({ truth }) => truth === c.index);
    const hits = e.confusion[c.index]![c.index]!;
    return html`<tr><th scope="row">${name(c.name)}</th><td class="n">${format.count(c.support)}</td>
<td class="share">${c.notDefined?.includes('recall') ? dim(w.undefined) : shareBar(c.recall, format.percent(c.recall), w.ofImages(hits, c.support))}</td>
<td class="share">${c.notDefined?.includes('precision') ? dim(w.none) : shareBar(c.precision, format.percent(c.precision))}</td>
<td class="n">${c.notDefined?.includes('f1') ? '–' : format.percent(c.f1)}</td>
<td>${most ? [name(e.classes[most.predicted]!.name), html` <small>${format.count(most.count)}</small>`] : dim('–')}</td></tr>`;
  });
  const table = html`<table class="classes"><thead><tr><th scope="col">${w.class}</th><th scope="col" class="n">${w.tested}</th><th scope="col">${w.found}</th><th scope="col">${w.precision}</th><th scope="col" class="n">${w.f1}</th><th scope="col">${w.takenFor}</th></tr></thead>
<tbody>${body}</tbody>
<tfoot>${means(e, words, format)}</tfoot></table>`;
  return [
    html`<p class="intro">${w.intro}</p>`,
    limited && html`<p>${w.limited(MOST_ROWS)}</p>`,
    scrolling(w.title, table),
  ];
}

function means(
  e: Evaluation,
  { classes: w }: ClassifyContext['words'],
  { percent, count }: ClassifyContext['format'],
): Html {
  const precision = e.classes.reduce((sum, c) => sum + c.precision, 0) / e.classes.length;
  return html`<tr><th scope="row">${w.mean}</th><td class="n">${count(e.images)}</td><td class="share">${shareBar(e.macroRecall, percent(e.macroRecall))}</td><td class="share">${shareBar(precision, percent(precision))}</td><td class="n">${percent(e.macroF1)}</td><td></td></tr>`;
}
