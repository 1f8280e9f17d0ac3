import { correct } from '../../tasks/classify/confusion.ts';
import { type Html, html } from '../html.ts';
import { type Context, missing, name, section } from './context.ts';

/** The pictures that were wrong with the greatest confidence. */
export function mistakes({ input, words, folder, format }: Context): Html {
  const w = words.mistakes;
  const e = input.evaluation;
  if (!e) return section('mistakes', w.title, missing(words.missing.evaluation(folder)));
  if (e.worst.length === 0) return section('mistakes', w.title, html`<p>${w.none}</p>`);
  const shown = e.worst.map(({ file, truth, predicted, confidence }) => {
    const certainty = format.percent(confidence, 0);
    const uri = input.pictures.get(file);
    // Nothing but a picture inside the page: an address would be fetched when the page is opened.
    const picture = uri?.startsWith('data:image/')
      ? html`<img src="${uri}" alt="${w.alt(truth, predicted, certainty)}">`
      : html`<div class="no-picture">${words.missing.picture}</div>`;
    return html`<li><figure>${picture}<figcaption><dl>
<div><dt>${w.truth}</dt><dd>${name(truth)}</dd></div>
<div class="wrong"><dt>${w.answer}</dt><dd>${name(predicted)}</dd></div>
<div><dt>${w.confidence}</dt><dd>${certainty}</dd></div></dl>
<p class="file">${name(file)}</p></figcaption></figure></li>`;
  });
  const found = e.worst.some(({ file }) => input.pictures.has(file));
  return section(
    'mistakes',
    w.title,
    html`<p class="intro">${w.intro(e.worst.length, e.images - correct(e.confusion))}</p>`,
    !found && missing(words.missing.pictures(folder)),
    html`<ul class="gallery">${shown}</ul>`,
  );
}
