import { maskOfRle } from '../../../data/geometry/rle.ts';
import { type Content, html } from '../../../page/html.ts';
import { areaMark, markLegend, marks, overlay } from '../../../page/overlay.ts';
import { missing, name } from '../../../page/parts.ts';
import type { SegmentEvaluation } from '../evaluation.ts';
import type { SegmentContext } from './context.ts';
import { outlineOf } from './outline.ts';

/** Pictures that are shown; their longer side, in pixels. */
const SHOWN = 12;
export const pictureSide = 560;
/** Pictures this much wider than high get more room. */
const WIDE = 2;

export function shownPictures(e: SegmentEvaluation): SegmentEvaluation['worst'] {
  return e.worst.slice(0, SHOWN);
}

/** The pictures that were judged worst, with the areas that are right, missed and wrong. */
export function examples(e: SegmentEvaluation, { words, shared, pictures, folder, format }: SegmentContext): Content {
  const w = words.examples;
  const shown = shownPictures(e);
  if (shown.length === 0) return html`<p>${w.none}</p>`;
  const items = shown.map(({ file, drawn, ...counts }) => {
    const { size } = drawn;
    const [missed, wrong, right] = [counts.missed, counts.wrong, counts.right].map(format.count);
    const label = w.alt(missed!, wrong!, right!);
    const picture = overlay({ size, uri: pictures.get(file), label, instead: shared.picture }, (scale) =>
      marks.map((mark) => areaMark(mark, outlineOf(maskOfRle({ size, counts: drawn[mark] }), scale))),
    );
    return html`<li><figure>${picture}<figcaption><dl>
<div class="${counts.missed > 0 && 'wrong'}"><dt>${w.missed}</dt><dd>${missed}</dd></div>
<div class="${counts.wrong > 0 && 'wrong'}"><dt>${w.wrong}</dt><dd>${wrong}</dd></div>
<div><dt>${w.right}</dt><dd>${right}</dd></div></dl>
<p class="file">${name(file)}</p></figcaption></figure></li>`;
  });
  const wide = shown.filter(({ drawn: { size } }) => size[1] > WIDE * size[0]).length > shown.length / 2;
  return [
    html`<p class="intro">${w.intro}</p>`,
    !shown.some(({ file }) => pictures.has(file)) && missing(shared.pictures(folder)),
    markLegend('area', w.legend),
    html`<ul class="gallery marked${wide && ' wide'}">${items}</ul>`,
  ];
}
