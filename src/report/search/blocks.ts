import { formatFor, type Lang } from '../../page/format.ts';
import { type Html, html } from '../../page/html.ts';
import { name, scrolling, section } from '../../page/parts.ts';
import { lengthBar } from '../../page/share-bar.ts';
import type { Response, Responses } from '../../search/node/responses.ts';
import { points } from './points.ts';
import { searchWords } from './words.ts';

/** What each block of the trained winner answers for, and what it takes. */
export function whatBlocksDo({ whole, pictures, blocks }: Responses, lang: Lang): Html {
  const words = searchWords[lang].blocks;
  const f = formatFor(lang);
  const total = blocks.reduce((sum, { ms }) => sum + ms, 0);
  const row = ({ block, ms, without }: Response) => html`<tr><th scope="row">${name(block)}</th>
<td class="share">${f.decimal(ms, 3)}${lengthBar(ms / total)}</td>
<td>${without === undefined ? words.whole : points(without - whole, f)}</td></tr>`;
  const heads = [words.block, words.time, words.lost];
  return section(
    'blocks',
    words.title,
    html`<p>${words.about(f.percent(whole), f.count(pictures))}</p>`,
    scrolling(
      words.title,
      html`<table><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${blocks.map(row)}</tbody></table>`,
    ),
  );
}
