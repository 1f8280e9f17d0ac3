import { type Content, html } from '../../../page/html.ts';
import { boxMark, markLegend, marks, overlay } from '../../../page/overlay.ts';
import { missing, name } from '../../../page/parts.ts';
import type { DetectEvaluation } from '../evaluation.ts';
import type { DetectContext } from './context.ts';

/** Pictures that are shown; their longer side, in pixels. */
const SHOWN = 12;
export const pictureSide = 560;
/** Pictures this much wider than high get more room. */
const WIDE = 2;

export function shownPictures(e: DetectEvaluation): DetectEvaluation['worst'] {
  return e.worst.slice(0, SHOWN);
}

/** The pictures with the most mistakes, with what was found, missed and wrongly seen. */
export function examples(e: DetectEvaluation, { words, shared, pictures, folder, format }: DetectContext): Content {
  const w = words.examples;
  const shown = shownPictures(e);
  if (shown.length === 0) return html`<p>${w.none}</p>`;
  const items = shown.map((picture) => {
    const { file, size } = picture;
    const counts = w.alt(picture.missed.length, picture.wrong.length, picture.right.length);
    // The right ones lie below: mistakes are what is looked for.
    const drawn = overlay({ size, uri: pictures.get(file), label: counts, instead: shared.picture }, (scale) =>
      marks.map((mark) => picture[mark].map((box) => boxMark(mark, box, scale))),
    );
    return html`<li><figure>${drawn}<figcaption><dl>
<div class="${picture.missed.length > 0 && 'wrong'}"><dt>${w.missed}</dt><dd>${format.count(picture.missed.length)}</dd></div>
<div class="${picture.wrong.length > 0 && 'wrong'}"><dt>${w.wrong}</dt><dd>${format.count(picture.wrong.length)}</dd></div>
<div><dt>${w.right}</dt><dd>${format.count(picture.right.length)}</dd></div></dl>
<p class="file">${name(file)}</p></figcaption></figure></li>`;
  });
  const wide = shown.filter(({ size: [height, width] }) => width > WIDE * height).length > shown.length / 2;
  return [
    html`<p class="intro">${w.intro}</p>`,
    !shown.some(({ file }) => pictures.has(file)) && missing(shared.pictures(folder)),
    markLegend('box', w.legend),
    html`<ul class="gallery marked${wide && ' wide'}">${items}</ul>`,
  ];
}
