import type { Lang } from '../page/format.ts';
import { type Html, html } from '../page/html.ts';
import { missing, section } from '../page/parts.ts';
import type { TaskSection } from '../tasks/page.ts';
import { framed } from './frame.ts';
import type { ReportInput } from './input.ts';
import { advice } from './sections/advice.ts';
import type { Context } from './sections/context.ts';
import { cost } from './sections/cost.ts';
import { curves } from './sections/curves.ts';
import { data } from './sections/data.ts';
import { exits } from './sections/exits.ts';
import { glossary } from './sections/glossary.ts';
import { head } from './sections/head.ts';
import { made } from './sections/made.ts';
import { poc } from './sections/poc.ts';
import { robustness } from './sections/robustness.ts';
import { speed } from './sections/speed.ts';
import { wordsFor } from './words/words.ts';

/** What is told whatever the task, behind its own sections. */
const parts = { robustness, speed, exits, cost, curves, data, made, glossary };

/**
 * A run as one self-contained page for people who do not train models: no script, no request, pictures inside. Sections
 * whose data are missing say how to get them.
 */
export function renderReport(input: ReportInput, lang: Lang): string {
  const { words, format } = wordsFor(lang);
  const folder = input.runFolder ?? 'RUN';
  const page = input.task.page(lang);
  const context: Context = { input, words, page, format, folder };
  const common = (Object.keys(parts) as (keyof typeof parts)[])
    .filter(
      (id) =>
        (id !== 'exits' || input.exits) &&
        (id !== 'robustness' || input.robustness) &&
        (id !== 'curves' || page.learning),
    )
    .map((id) => ({ id, title: words[id].title, drawn: parts[id](context) }));
  const shown = [
    ...(input.poc ? [{ id: 'poc', title: words.poc.title, drawn: poc(context) }] : []),
    { id: 'advice', title: words.advice.title, drawn: advice(context) },
    ...page.sections.map((s) => ({ id: s.id, title: s.title, drawn: ofTask(s, context) })),
    ...common,
  ];
  const links = shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return framed({
    lang,
    title: `${input.run.name} – ${page.kind}`,
    yosegi: input.run.yosegi,
    header: head(context),
    nav: html`<nav aria-label="${words.head.nav}"><ul>${links}</ul></nav>`,
    sections: shown.map(({ drawn }) => drawn),
    foot: words.foot(input.run.yosegi, format.date(input.run.created)),
  });
}

/** A section of the task; it needs an evaluation. */
function ofTask({ id, title, content }: TaskSection, { input, words, format, folder }: Context): Html {
  const { evaluation, pictures } = input;
  if (!evaluation) return section(id, title, missing(words.missing.evaluation(folder)));
  return section(id, title, content(evaluation, { format, folder, pictures }));
}
