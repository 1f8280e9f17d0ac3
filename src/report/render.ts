import type { Lang } from './format.ts';
import { html } from './html.ts';
import type { ReportInput } from './input.ts';
import { advice } from './sections/advice.ts';
import { calibration } from './sections/calibration.ts';
import { classes } from './sections/classes.ts';
import { confusion } from './sections/confusion.ts';
import type { Context } from './sections/context.ts';
import { cost } from './sections/cost.ts';
import { curves } from './sections/curves.ts';
import { data } from './sections/data.ts';
import { exits } from './sections/exits.ts';
import { glossary } from './sections/glossary.ts';
import { head } from './sections/head.ts';
import { made } from './sections/made.ts';
import { mistakes } from './sections/mistakes.ts';
import { speed } from './sections/speed.ts';
import { style } from './style.ts';
import { wordsFor } from './words/words.ts';

/** Keeps the page from fetching or running anything, whatever a name in it may contain. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const parts = { advice, classes, confusion, mistakes, calibration, speed, exits, cost, curves, data, made, glossary };

/**
 * A run as one self-contained page for people who do not train models: no script, no request, pictures inside. Sections
 * whose data are missing say how to get them.
 */
export function renderReport(input: ReportInput, lang: Lang): string {
  const { words, format } = wordsFor(lang);
  const context: Context = { input, words, format, folder: input.runFolder ?? 'RUN' };
  const titles: Record<keyof typeof parts, string> = {
    advice: words.advice.title,
    classes: words.classes.title,
    confusion: words.confusion.title,
    mistakes: words.mistakes.title,
    calibration: words.calibration.title,
    speed: words.speed.title,
    exits: words.exits.title,
    cost: words.cost.title,
    curves: words.curves.title,
    data: words.data.title,
    made: words.made.title,
    glossary: words.glossary.title,
  };
  const shown = (Object.keys(parts) as (keyof typeof parts)[]).filter((id) => id !== 'exits' || input.exits);
  const links = shown.map((id) => html`<li><a href="#${id}">${titles[id]}</a></li>`);
  const page = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="yosegi ${input.run.yosegi}">
<title>${input.run.name} – ${words.head.kind}</title>
${style}
</head>
<body>
${head(context)}
<nav aria-label="${words.head.nav}"><ul>${links}</ul></nav>
<main>
${shown.map((id) => parts[id](context))}
</main>
<footer><p>${words.foot(input.run.yosegi, format.date(input.run.created))}</p></footer>
</body>
</html>
`;
  return page.toString();
}
