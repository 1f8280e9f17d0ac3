import { type Content, html } from '../../../page/html.ts';
import { name, scrolling } from '../../../page/parts.ts';
import { dim, shareBar } from '../../../page/share-bar.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';
import { things } from './counts.ts';

/** More rows than this say less than the weakest of them. */
const MOST_ROWS = 60;

/** How much of each class's area was found, how much of what was marked is right, and how the two overlap, whole and at the edges. */
export function classes(e: SegmentEvaluation, { words, format }: SegmentContext): Content {
  const w = words.classes;
  const { count, percent } = format;
  let rows = things(e);
  const limited = rows.length > MOST_ROWS;
  if (limited) rows = rows.sort((a, b) => (a.iou ?? 2) - (b.iou ?? 2)).slice(0, MOST_ROWS);
  const share = (value: number | null, instead: string) =>
    value === null ? dim(instead) : shareBar(value, percent(value));
  const plain = (value: number | null) => (value === null ? '–' : percent(value));
  const body = rows.map(
    (c) => html`<tr><th scope="row">${name(c.name)}</th><td class="n">${count(c.pictures)}</td>
<td class="share">${share(c.recall, w.untested)}</td>
<td class="share">${share(c.precision, w.never)}</td>
<td class="n">${plain(c.iou)}</td><td class="n">${plain(c.boundaryF)}</td></tr>`,
  );
  const table = html`<table class="classes"><thead><tr><th scope="col">${w.class}</th><th scope="col" class="n">${w.pictures}</th><th scope="col">${w.found}</th><th scope="col">${w.right}</th><th scope="col" class="n">${w.iou}</th><th scope="col" class="n">${w.edges}</th></tr></thead>
<tbody>${body}</tbody></table>`;
  return [
    html`<p class="intro">${w.intro}</p>`,
    limited && html`<p>${w.limited(MOST_ROWS)}</p>`,
    scrolling(w.title, table),
    html`<p>${w.background(e.classes[0]!.name)}</p>`,
  ];
}
