import { type Html, html } from '../../page/html.ts';
import { section } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** The terms the page cannot do without. */
export function glossary({ input, words, page }: Context): Html {
  const { title, terms } = words.glossary;
  const all = [...page.terms, ...terms, ...(input.exits ? [words.exits.term] : [])];
  return section(
    'glossary',
    title,
    html`<dl class="glossary">${all.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`,
  );
}
