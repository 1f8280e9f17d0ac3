import { formatFor, type Lang } from '../../page/format.ts';
import { type Html, html } from '../../page/html.ts';
import { scrolling, section } from '../../page/parts.ts';
import { lengthBar } from '../../page/share-bar.ts';
import type { Effect } from '../../search/inquisitor.ts';
import type { Responses } from '../../search/node/responses.ts';
import type { Found } from '../../search/node/search-run.ts';
import type { Limits } from '../../search/score.ts';
import { front, scored } from '../../search/search.ts';
import { type Choice, choicesOf, settle, settledText } from '../../search/space.ts';
import { tradeoffChart } from '../charts/tradeoff.ts';
import { framed } from '../frame.ts';
import { aroundTheBest } from './around.ts';
import { whatBlocksDo } from './blocks.ts';
import { points } from './points.ts';
import { convolutionAndAttention } from './ratio.ts';
import { searchWords } from './words.ts';

/** What the page tells of a search. */
export interface SearchPage extends Found {
  readonly effects: readonly Effect[];
  readonly responses?: Responses;
  /** How likely each value of each choice was after a share of the trials, the earliest first. */
  readonly preferences: readonly { readonly after: number; readonly shares: readonly (readonly number[])[] }[];
}

/** Why the design that was found is the one: a self-contained page, without script or request. */
export function renderSearch(found: SearchPage, lang: Lang): string {
  const { record, space, trials, winner } = found;
  const words = searchWords[lang];
  const f = formatFor(lang);
  const spent = trials.reduce((s, t) => s + t.seconds, 0);
  const amounts = {
    ms: (n: number) => `≤ ${n}`,
    parameters: (n: number) => `≤ ${f.large(n)}`,
    macs: (n: number) => `≤ ${f.large(n)}`,
    memory: (n: number) => `≤ ${f.bytes(n)}`,
    accuracy: (n: number) => `≥ ${f.percent(n)}`,
  } satisfies Record<keyof Limits, (n: number) => string>;
  const limits = (['ms', 'parameters', 'macs', 'memory', 'accuracy'] as const).flatMap((name) => {
    const limit = record.limits[name];
    return limit === undefined ? [] : [`${name} ${amounts[name](limit)}`];
  });
  const design = winner && settle(space, winner.design);
  return framed({
    lang,
    title: `${words.title} – ${space.name}`,
    yosegi: record.yosegi,
    header: html`<header><h1>${words.title}</h1>
<p>${words.lead(f.count(trials.length), space.name, f.duration(spent))} ${space.about}</p>
<p><strong>${winner ? words.best(f.percent(winner.accuracy), f.ms(winner.ms), f.large(winner.parameters)) : words.none}</strong></p>
${winner && html`<p>${words.depth(String(record.rungs[winner.rung]))}</p>`}
${winner?.exits && html`<p>${words.early(winner.exits.leaving.map((s) => f.percent(s, 0)).join(', '), f.ms(winner.exits.end))}</p>`}
<table class="facts"><tbody>
<tr><th scope="row">${words.limits}</th><td>${limits.length > 0 ? limits.join(', ') : words.noLimits}</td></tr>
${design && html`<tr><th scope="row">${words.design}</th><td>${settledText(design)}</td></tr>`}
</tbody></table></header>`,
    sections: html`${winner && accuracyAgainstTime(found, lang)}
${convolutionAndAttention(found, lang)}
${section('prefers', words.prefers.title, html`<p>${words.prefers.about}</p>`, preferred(found, lang))}
${section('worth', words.worth.title, html`<p>${words.worth.about}</p>`, worth(found, lang))}
${aroundTheBest(found, lang)}
${found.responses && whatBlocksDo(found.responses, lang)}`,
    foot: `${words.measured(record.machine, String(record.threads))} yosegi ${record.yosegi}, ${f.date(record.created)}`,
  });
}

function accuracyAgainstTime({ trials, record, winner }: SearchPage, lang: Lang): Html {
  const words = searchWords[lang].front;
  const f = formatFor(lang);
  const best = front(trials, record);
  const points = scored(trials, record).map((t) => ({
    kind: String(t.design) === String(winner!.design) ? ('chosen' as const) : ('exit' as const),
    sign: '',
    x: t.ms,
    y: t.accuracy,
    description: `${f.percent(t.accuracy)}, ${f.ms(t.ms)}, ${record.rungs[t.rung]} ${words.trained}`,
  }));
  const legend = { line: words.line, chosen: words.chosen, exit: words.other, whole: '', other: '' };
  const line = best.map(({ ms, accuracy }) => ({ x: ms, y: accuracy }));
  const chart = { title: words.title, label: words.chart, xTitle: searchWords[lang].axis, legend, line, points };
  return section('front', words.title, html`<p>${words.about}</p>`, tradeoffChart({ ...chart, percent: f.percent }));
}

function preferred({ space, preferences }: SearchPage, lang: Lang): Html {
  const words = searchWords[lang].prefers;
  const f = formatFor(lang);
  const choices = choicesOf(space);
  const heads = preferences.map(({ after }) => html`<th scope="col">${words.when(f.percent(after, 0))}</th>`);
  const row = (choice: Choice, i: number, v: number) => html`<tr>
<th scope="row">${v === 0 ? choice.name : ''}</th><td>${String(choice.values[v])}</td>
${preferences.map(({ shares }) => html`<td class="share">${f.percent(shares[i]![v]!, 0)}${lengthBar(shares[i]![v]!)}</td>`)}</tr>`;
  const rows = choices.flatMap((choice, i) => choice.values.map((_, v) => row(choice, i, v)));
  return scrolling(
    words.title,
    html`<table><thead><tr><th scope="col">${words.choice}</th><th scope="col">${words.value}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

function worth({ effects }: SearchPage, lang: Lang): Html {
  const { worth: words, prefers } = searchWords[lang];
  const f = formatFor(lang);
  const rows = effects.map(
    (e, i) => html`<tr><th scope="row">${effects[i - 1]?.choice === e.choice ? '' : e.choice}</th><td>${e.value}</td>
<td>${points(e.accuracy, f)} ± ${f.decimal(100 * e.accuracyStd, 1)}</td><td>× ${f.decimal(e.ms, 2)}</td><td>${f.count(e.designs)}</td></tr>`,
  );
  return scrolling(
    words.title,
    html`<table><thead><tr><th scope="col">${prefers.choice}</th><th scope="col">${prefers.value}</th><th scope="col">${words.accuracy}</th><th scope="col">${words.time}</th><th scope="col">${words.designs}</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}
