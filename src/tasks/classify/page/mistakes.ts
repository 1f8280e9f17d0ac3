import { type Content, html } from '../../../page/html.ts';
import { missing, name } from '../../../page/parts.ts';
import { correct } from '../confusion.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ClassifyContext } from './context.ts';

/** The pictures that were wrong with the greatest confidence. */
export function mistakes(e: Evaluation, { words, shared, pictures, folder, format }: ClassifyContext): Content {
  const w = words.mistakes;
  if (e.worst.length === 0) return html`<p>${w.none}</p>`;
  const shown = e.worst.map(({ file, truth, predicted, confidence }) => {
    const certainty = format.percent(confidence, 0);
    const uri = pictures.get(file);
    // Nothing but a picture inside the page: an address would be fetched when the page is opened.
    const picture = uri?.startsWith('data:image/')
      ? html`<img src="${uri}" alt="${w.alt(truth, predicted, certainty)}">`
      : html`<div class="no-picture">${shared.picture}</div>`;
    return html`<li><figure>${picture}<figcaption><dl>
<div><dt>${w.truth}</dt><dd>${name(truth)}</dd></div>
<div class="wrong"><dt>${w.answer}</dt><dd>${name(predicted)}</dd></div>
<div><dt>${w.confidence}</dt><dd>${certainty}</dd></div></dl>
<p class="file">${name(file)}</p></figcaption></figure></li>`;
  });
  const found = e.worst.some(({ file }) => pictures.has(file));
  return [
    html`<p class="intro">${w.intro(e.worst.length, e.images - correct(e.confusion))}</p>`,
    !found && missing(shared.pictures(folder)),
    html`<ul class="gallery">${shown}</ul>`,
  ];
}
