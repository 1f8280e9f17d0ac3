import { type Html, html } from '../../page/html.ts';
import { scrolling, section } from '../../page/parts.ts';
import type { Robustness, Under } from '../../robustness/record.ts';
import type { Context } from './context.ts';

/** How answers hold when light, focus or place change; nothing where that was not tried. */
export function robustness({ input, words, page, format }: Context): Html {
  const { robustness: record } = input;
  if (!record) return html``;
  return section(
    'robustness',
    words.robustness.title,
    html`<p class="intro">${words.robustness.intro(record.images)}</p>`,
    scrolling(words.robustness.title, conditionsTable(record, page.cardTitle, { words, format })),
  );
}

/** A row for the pictures as they are, and one for each condition. */
function conditionsTable(
  { figure, plain, conditions }: Robustness,
  head: string,
  { words, format }: Pick<Context, 'words' | 'format'>,
): Html {
  const w = words.robustness;
  const of = ({ figures }: Under) => figures[figure.name];
  const value = (v: number | undefined) =>
    v === undefined ? '–' : figure.share ? format.percent(v) : format.decimal(v, 2);
  const exits = ({ exits: e }: Under) =>
    e && html`<td class="n">${format.percent(e.accuracy)}</td><td>${w.states[e.drift]}</td>`;
  const rows = conditions.map((c) => {
    const [before, now] = [of(plain), of(c)];
    const difference = before === undefined || now === undefined ? undefined : now - before;
    const change = difference === undefined ? '–' : figure.share ? w.points(difference) : format.decimal(difference, 2);
    return html`<tr><th scope="row">${w.kinds[c.kind]}</th><td>${w.strengths[c.kind](c.strength)}</td><td class="n">${value(of(c))}</td><td class="n">${change}</td>${exits(c)}</tr>`;
  });
  const more = plain.exits && html`<th scope="col" class="n">${w.withExits}</th><th scope="col">${w.monitor}</th>`;
  return html`<table><thead><tr><th scope="col">${w.condition}</th><th scope="col">${w.strength}</th><th scope="col" class="n">${head}</th><th scope="col" class="n">${w.change}</th>${more}</tr></thead><tbody><tr><th scope="row">${w.asTheyAre}</th><td></td><td class="n">${value(of(plain))}</td><td></td>${exits(plain)}</tr>${rows}</tbody></table>`;
}
