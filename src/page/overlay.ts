import { at } from './charts/frame.ts';
import { type Content, type Html, html } from './html.ts';

/** Longer side of the drawing in its own units, in which lines are as wide as they are for any picture. */
const SPAN = 480;
/** A mark is drawn no smaller than this, in the drawing's units: it would not be seen. */
const LEAST = 9;

/** What became of a thing: found, overlooked, or seen where it is not. */
export const marks = ['right', 'missed', 'wrong'] as const;
export type Mark = (typeof marks)[number];

export interface Overlay {
  /** Height and width that the marks are measured in. */
  readonly size: readonly [height: number, width: number];
  /** `data:image/…`; nothing else is shown, an address would be fetched when the page is opened. */
  readonly uri?: string;
  /** What a screen reader says. */
  readonly label: string;
  /** What stands in place of a picture that is not there. */
  readonly instead: string;
}

/** A picture with marks on it, which get the scale from their measure to the drawing. */
export function overlay(
  { size: [height, width], uri, label, instead }: Overlay,
  draw: (scale: number) => Content,
): Html {
  const scale = SPAN / Math.max(height, width, 1);
  const [w, h] = [at(width * scale), at(height * scale)];
  const picture = uri?.startsWith('data:image/')
    ? html`<image href="${uri}" width="${w}" height="${h}" preserveAspectRatio="none"/>`
    : html`<rect class="blank" width="${w}" height="${h}"/><text x="8" y="22">${instead}</text>`;
  return html`<svg class="overlay" viewBox="0 0 ${w} ${h}" role="img" aria-label="${label}">${picture}${draw(scale)}</svg>`;
}

/** A box [left, top, right, bottom]: a plain line, a dashed one, or one with a cross at its corner. */
export function boxMark(mark: Mark, [l, t, r, b]: readonly [number, number, number, number], scale: number): Html {
  const [x, width] = span(l * scale, r * scale);
  const [y, height] = span(t * scale, b * scale);
  const rect = (kind: string) =>
    html`<rect class="${kind}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>`;
  return html`${rect('halo')}${rect(`edge ${mark}`)}${mark === 'wrong' && cross(x + width, y)}`;
}

function span(from: number, to: number): [start: number, length: number] {
  const length = Math.max(LEAST, to - from);
  return [(from + to - length) / 2, length];
}

function cross(x: number, y: number): Html {
  const [cx, cy] = [Math.min(SPAN - 7, Math.max(7, x)), Math.max(7, y)];
  return html`<circle class="badge" cx="${at(cx)}" cy="${at(cy)}" r="7"/><path class="badge-cross" d="M${at(cx - 3)} ${at(cy - 3)}l6 6m0-6l-6 6"/>`;
}

/** An area by its outline, the attribute `d` of a path: plain, with a dashed line, or hatched. */
export function areaMark(mark: Mark, outline: string): Html {
  const fill = mark === 'wrong' ? 'url(#hatch)' : undefined;
  return html`<path class="area ${mark}" d="${outline}" fill-rule="evenodd"${fill && html` fill="${fill}"`}/>`;
}

/** What the marks mean, and the hatching of the wrong areas, which has to stand on the page once. */
export function markLegend(kind: 'box' | 'area', words: Readonly<Record<Mark, string>>): Html {
  const key = (mark: Mark) =>
    kind === 'box'
      ? html`<rect class="edge ${mark}" x="2" y="3" width="20" height="12"/>${mark === 'wrong' && cross(22, 3)}`
      : areaMark(mark, 'M1 1h24v16h-24z');
  const hatch = html`<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="7" height="7"/><rect class="hatch-line" width="3" height="7"/></pattern></defs>`;
  return html`<p class="legend">${marks.map((m) => html`<span><svg class="key mark-key" viewBox="0 0 30 18" aria-hidden="true">${m === 'wrong' && kind === 'area' && hatch}${key(m)}</svg>${words[m]}</span>`)}</p>`;
}
