import { type Content, html } from '../../../page/html.ts';
import { missing, name, scrolling } from '../../../page/parts.ts';
import { shareBar } from '../../../page/share-bar.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import type { AnomalyContext } from './context.ts';

const MOST_ROWS = 60;

/** Which kinds of anomaly are found and which are missed. */
export function kinds({ kinds: all }: AnomalyEvaluation, { words, format, shared }: AnomalyContext): Content {
  const w = words.kinds;
  if (all.length === 0) return missing(w.none);
  const rows = all.toSorted((a, b) => b.missed / b.images - a.missed / a.images).slice(0, MOST_ROWS);
  const body = rows.map((k) => {
    const found = 1 - k.missed / k.images;
    return html`<tr><th scope="row">${name(k.name)}</th><td class="n">${format.count(k.images)}</td><td class="n">${format.count(k.missed)}</td>
<td class="share">${shareBar(found, format.percent(found, 0))}</td><td class="n">${k.auroc === null ? '–' : format.percent(k.auroc)}</td></tr>`;
  });
  const table = html`<table><thead><tr><th scope="col">${w.kind}</th><th scope="col" class="n">${w.images}</th><th scope="col" class="n">${w.missed}</th><th scope="col">${w.found}</th><th scope="col" class="n">${w.auroc}</th></tr></thead>
<tbody>${body}</tbody></table>`;
  return [
    html`<p class="intro">${w.intro}</p>`,
    scrolling(w.title, table),
    all.length > MOST_ROWS && html`<p>${shared.more(all.length - MOST_ROWS)}</p>`,
  ];
}
