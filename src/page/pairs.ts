import { type Content, type Html, html } from './html.ts';

export interface Pairs {
  /** Over the truths, the answers and the numbers. */
  readonly heads: readonly [truth: Content, answer: Content, ...numbers: Content[]];
  /** One for each pair, the most frequent first. */
  readonly rows: readonly (readonly [truth: Content, answer: Content, ...numbers: Content[]])[];
  /** What is said where there are none. */
  readonly none: string;
  /** How many more there are, as a sentence. */
  readonly more: (count: number) => string;
}

const MOST = 25;

/** The most frequent mix-ups as a table, where there are too many classes for a matrix. */
export function pairsTable({ heads: [truth, answer, ...numbers], rows, none, more }: Pairs): Html {
  if (rows.length === 0) return html`<p>${none}</p>`;
  const body = rows
    .slice(0, MOST)
    .map(
      ([t, a, ...ns]) =>
        html`<tr><th scope="row">${t}</th><td>${a}</td>${ns.map((n) => html`<td class="n">${n}</td>`)}</tr>`,
    );
  return html`<table><thead><tr><th scope="col">${truth}</th><th scope="col">${answer}</th>${numbers.map((n) => html`<th scope="col" class="n">${n}</th>`)}</tr></thead>
<tbody>${body}</tbody></table>${rows.length > MOST && html`<p>${more(rows.length - MOST)}</p>`}`;
}

/** What was taken for what in a confusion, the most frequent first. */
export function mixedUp(confusion: readonly (readonly number[])[]): { count: number; truth: number; answer: number }[] {
  return confusion
    .flatMap((row, truth) => row.map((count, answer) => ({ count, truth, answer })))
    .filter(({ count, truth, answer }) => count > 0 && truth !== answer)
    .sort((a, b) => b.count - a.count);
}
