import { formatFor, type Lang } from '../../page/format.ts';
import { type Html, html } from '../../page/html.ts';
import { scrolling, section } from '../../page/parts.ts';
import { type Ablation, ablationsOf, centreOf } from '../../search/around.ts';
import type { Found } from '../../search/node/search-run.ts';
import { choicesOf } from '../../search/space.ts';
import { points } from './points.ts';
import { searchWords } from './words.ts';

/** The best design of the search with one choice changed; nothing where no such design was tried. */
export function aroundTheBest({ record, space, trials, winner }: Found, lang: Lang): Html | undefined {
  const centre = centreOf(trials, winner);
  const around = centre ? ablationsOf(choicesOf(space), trials, centre) : [];
  if (!centre || around.length === 0) return undefined;
  const { around: words, prefers } = searchWords[lang];
  const f = formatFor(lang);
  const row = ({ choice, from, to, trial }: Ablation, i: number) => html`<tr>
<th scope="row">${around[i - 1]?.choice === choice ? '' : choice.name}</th><td>${String(choice.values[to])}</td>
<td>${words.instead(String(choice.values[from]))}</td>
<td>${trial.accuracy === null ? words.refused : points(trial.accuracy - centre.accuracy, f)}</td>
<td>${trial.ms === null ? '–' : `× ${f.decimal(trial.ms / centre.ms, 2)}`}</td></tr>`;
  const heads = [prefers.choice, prefers.value, '', words.accuracy, words.time];
  return section(
    'around',
    words.title,
    html`<p>${words.about(String(record.rungs[centre.rung]), f.percent(centre.accuracy), f.ms(centre.ms))}</p>`,
    scrolling(
      words.title,
      html`<table><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${around.map(row)}</tbody></table>`,
    ),
  );
}
