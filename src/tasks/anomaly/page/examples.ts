import { mask } from '../../../data/geometry/mask.ts';
import { maskOfRle } from '../../../data/geometry/rle.ts';
import { type Content, type Html, html } from '../../../page/html.ts';
import { overlay } from '../../../page/overlay.ts';
import { missing, name } from '../../../page/parts.ts';
import { outlineOf } from '../../segment/page/outline.ts';
import type { AnomalyEvaluation, AnomalyExample } from '../evaluation.ts';
import { heatValues } from '../heat.ts';
import type { AnomalyContext } from './context.ts';

/** Longer side of the pictures, in pixels. */
export const pictureSide = 480;
/** Areas that are drawn, each over the one before it: from which share of what good pictures reach. */
const LEVELS = [0.7, 1, 1.5, 2.2];
const groups = ['missed', 'falseAlarms', 'found', 'passed'] as const;

export function shownPictures({ examples: e }: AnomalyEvaluation): AnomalyExample[] {
  return groups.flatMap((group) => e[group]);
}

/** Pictures with their heat maps: the worst misses and false alarms, and what is right. */
export function examples(e: AnomalyEvaluation, context: AnomalyContext): Content {
  const { words, shared, pictures, folder } = context;
  const w = words.examples;
  const shown = shownPictures(e);
  if (shown.length === 0) return missing(w.nothing);
  return [
    html`<p class="intro">${w.intro}</p>`,
    !shown.some(({ file }) => pictures.has(file)) && missing(shared.pictures(folder)),
    legend(w),
    groups.map((group) =>
      e.examples[group].length > 0
        ? [html`<h3>${w[group]}</h3>`, gallery(e.examples[group], context)]
        : (group === 'missed' || group === 'falseAlarms') && html`<h3>${w[group]}</h3><p>${w.none}</p>`,
    ),
  ];
}

function gallery(list: readonly AnomalyExample[], { words, shared, pictures, format }: AnomalyContext): Html {
  const w = words.examples;
  const items = list.map((one) => {
    const score = format.decimal(one.score, 2);
    const wrong = one.anomalous !== one.score > 1;
    const label = w.alt(one.anomalous, score);
    const picture = overlay(
      { size: one.heat.size, uri: pictures.get(one.file), label, instead: shared.picture },
      (scale) => drawn(one, scale),
    );
    return html`<li><figure>${picture}<figcaption><dl>
<div class="${wrong && 'wrong'}"><dt>${w.score}</dt><dd>${score}</dd></div>
${one.kind !== undefined && html`<div><dt>${w.kind}</dt><dd>${name(one.kind)}</dd></div>`}</dl>
<p class="file">${name(one.file)}</p></figcaption></figure></li>`;
  });
  return html`<ul class="gallery marked">${items}</ul>`;
}

function drawn({ heat, truth }: AnomalyExample, scale: number): Content {
  const [height, width] = heat.size;
  const values = heatValues(heat);
  const areas = LEVELS.map((level, i) => {
    const above = mask(
      width,
      height,
      Uint8Array.from(values, (v) => (v >= level ? 1 : 0)),
    );
    return (
      above.data.includes(1) && html`<path class="heat h${i}" d="${outlineOf(above, scale)}" fill-rule="evenodd"/>`
    );
  });
  if (truth === undefined) return areas;
  const line = outlineOf(maskOfRle({ size: heat.size, counts: truth }), scale);
  return [areas, html`<path class="halo" d="${line}"/><path class="truth" d="${line}"/>`];
}

function legend(w: AnomalyContext['words']['examples']): Html {
  const key = (content: Html) =>
    html`<svg class="key mark-key" viewBox="0 0 30 18" aria-hidden="true">${content}</svg>`;
  const heat = [0, 1, 2, 3].map((i) => html`<rect class="heat h${i}" x="${1 + 7 * i}" y="1" width="7" height="16"/>`);
  const truth = html`<path class="truth" d="M2 3h24v12h-24z"/>`;
  return html`<p class="legend"><span>${key(html`${heat}`)}${w.heat}</span><span>${key(truth)}${w.truth}</span></p>`;
}
