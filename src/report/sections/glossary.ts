import { type Html, html } from '../html.ts';
import { type Context, section } from './context.ts';

/** The terms the page cannot do without. */
export function glossary({ input, words }: Context): Html {
  const { title, terms } = words.glossary;
  const all = input.exits ? [...terms, words.exits.term] : terms;
  return section(
    'glossary',
    title,
    html`<dl class="glossary">${all.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`,
  );
}
