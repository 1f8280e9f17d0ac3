import { type Content, html } from '../../../page/html.ts';
import { name, scrolling } from '../../../page/parts.ts';
import { dim, shareBar } from '../../../page/share-bar.ts';
import { wilson } from '../../interval.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';
import { classCounts } from './counts.ts';

/** More rows than this say less than the weakest of them. */
const MOST_ROWS = 60;

/** What of each class was found, and how far the share may be trusted; how often its name is right; AP50. */
export function classes(e: DetectEvaluation, { words, shared, format }: DetectContext): Content {
  const w = words.classes;
  const { count, percent } = format;
  let rows = classCounts(e).map((c, i) => ({ ...c, ap50: e.classes[i]!.ap50 }));
  const limited = rows.length > MOST_ROWS;
  if (limited) rows = rows.sort((a, b) => (a.ap50 ?? 2) - (b.ap50 ?? 2)).slice(0, MOST_ROWS);
  const body = rows.map((c) => {
    const found = c.support > 0 ? c.found / c.support : undefined;
    const { low, high } = c.support > 0 ? wilson(c.found, c.support) : { low: 0, high: 1 };
    const note = w.ofThings(c.found, c.support, shared.range(percent(low, 0), percent(high, 0)));
    const right = c.reported > 0 ? c.found / c.reported : undefined;
    return html`<tr><th scope="row">${name(c.name)}</th><td class="n">${count(c.support)}</td>
<td class="share">${found === undefined ? dim(w.untested) : shareBar(found, percent(found), note)}</td>
<td class="share">${right === undefined ? dim(w.never) : shareBar(right, percent(right), w.ofReported(c.found, c.reported))}</td>
<td class="n">${c.ap50 === null ? '–' : percent(c.ap50)}</td></tr>`;
  });
  const table = html`<table class="classes"><thead><tr><th scope="col">${w.class}</th><th scope="col" class="n">${w.things}</th><th scope="col">${w.found}</th><th scope="col">${w.right}</th><th scope="col" class="n">${w.ap50}</th></tr></thead>
<tbody>${body}</tbody></table>`;
  return [
    html`<p class="intro">${w.intro}</p>`,
    limited && html`<p>${w.limited(MOST_ROWS)}</p>`,
    scrolling(w.title, table),
  ];
}
