import { type Html, html, prose } from '../../page/html.ts';
import { section } from '../../page/parts.ts';
import { advise } from '../findings.ts';
import type { Context } from './context.ts';

/** What to be careful about, and what to do next. */
export function advice(context: Context): Html {
  const { words, input, page } = context;
  const w = words.advice;
  const found = advise(input, page, words);
  const list = found.map(({ title, text, action, level }) => {
    return html`<li class="finding ${level}"><h3><span class="tag">${w.levels[level]}</span> ${title}</h3>
<p>${text}</p><p class="action"><b>${w.action}</b>${action}</p></li>`;
  });
  const nothing = html`<p>${input.evaluation ? page.nothing : w.notYet}</p>`;
  return section(
    'advice',
    w.title,
    list.length > 0 ? html`<ul class="findings">${list}</ul>` : nothing,
    html`<h3>${w.next}</h3>
<ol class="steps">${steps(context).map((step) => html`<li>${prose(step)}</li>`)}</ol>`,
  );
}

function steps({ input, words, page, folder }: Context): string[] {
  const w = words.advice.steps;
  const { evaluation, benchmark, bundleBytes } = input;
  const list: string[] = [];
  if (!evaluation) list.push(w.evaluate(folder));
  const own = evaluation && page.next(evaluation);
  if (own) list.push(...own.first);
  if (!benchmark) list.push(w.bench(folder));
  if (input.exits && !input.exits.record) list.push(words.exits.step(folder));
  if (own) list.push(...own.last);
  if (bundleBytes === undefined) list.push(w.bundle(folder));
  list.push(w.pilot);
  return list;
}
