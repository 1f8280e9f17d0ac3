import type { Format } from '../../../page/format.ts';
import { type Html, html } from '../../../page/html.ts';
import { scrolling } from '../../../page/parts.ts';
import { shareBar } from '../../../page/share-bar.ts';
import type { SharedWords } from '../../../page/words/words.ts';
import { wilson } from '../../interval.ts';
import { sizeRows } from '../sizes.ts';
import type { PlaceWords } from './words/words.ts';

/** How much is missed of what is small and of what is large, from areas in pixels. */
export function sizes(
  { missed, all }: { readonly missed: readonly number[]; readonly all: readonly number[] },
  { places, shared, format }: { readonly places: PlaceWords; readonly shared: SharedWords; readonly format: Format },
): Html {
  const w = places.sizes;
  const rows = sizeRows(missed, all).map((r) => {
    const size = Number.isFinite(r.to) ? w.between(r.from, r.to) : w.above(r.from);
    const found = r.all - r.missed;
    const { low, high } = r.all > 0 ? wilson(found, r.all) : { low: 0, high: 1 };
    const range = shared.range(format.percent(low, 0), format.percent(high, 0));
    return html`<tr><th scope="row">${size}</th><td class="n">${format.count(r.all)}</td><td class="n">${format.count(r.missed)}</td>
<td class="share">${r.all > 0 ? shareBar(found / r.all, format.percent(found / r.all, 0), range) : '–'}</td></tr>`;
  });
  const table = html`<table><thead><tr><th scope="col">${w.size}</th><th scope="col" class="n">${w.all}</th><th scope="col" class="n">${w.missed}</th><th scope="col">${w.found}</th></tr></thead><tbody>${rows}</tbody></table>`;
  return scrolling(w.size, table);
}
