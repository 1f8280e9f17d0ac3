import { findings, levels } from '../findings.ts';
import { type Html, html, prose } from '../html.ts';
import { adviceOn } from '../words/words.ts';
import { type Context, section } from './context.ts';

/** What to be careful about, and what to do next. */
export function advice(context: Context): Html {
  const { words, input } = context;
  const w = words.advice;
  const found = findings(input);
  const list = found.map((finding) => {
    const { title, text, action } = adviceOn(finding, words.findings);
    const level = levels[finding.kind];
    return html`<li class="finding ${level}"><h3><span class="tag">${w.levels[level]}</span> ${title}</h3>
<p>${text}</p><p class="action"><b>${w.action}</b>${action}</p></li>`;
  });
  const nothing = html`<p>${input.evaluation ? w.nothing : w.notYet}</p>`;
  return section(
    'advice',
    w.title,
    list.length > 0 ? html`<ul class="findings">${list}</ul>` : nothing,
    html`<h3>${w.next}</h3>
<ol class="steps">${steps(context).map((step) => html`<li>${prose(step)}</li>`)}</ol>`,
  );
}

function steps({ input, words, folder }: Context): string[] {
  const w = words.advice.steps;
  const { evaluation, benchmark, bundleBytes } = input;
  const list: string[] = [];
  if (!evaluation) list.push(w.evaluate(folder));
  if (evaluation && evaluation.worst.length > 0) list.push(w.mistakes);
  if (!benchmark) list.push(w.bench(folder));
  if (input.exits && !input.exits.record) list.push(words.exits.step(folder));
  if (evaluation) list.push(w.limit);
  if (bundleBytes === undefined) list.push(w.bundle(folder));
  list.push(w.pilot);
  return list;
}
