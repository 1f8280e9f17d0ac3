import { type Html, html } from '../html.ts';
import { at, frame, pathOf } from './frame.ts';
import { ticks } from './ticks.ts';

/** A line of a chart; its kind decides colour and dash, so that lines differ on a grey printout too. */
export interface Series {
  readonly name: string;
  readonly kind: 'train' | 'val';
  /** [x, y], in order of x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChart {
  readonly title: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Lower and upper end of what y can be, e.g. 0 and 1 for shares. */
  readonly limits: readonly [number, number];
  /** A vertical line with a word. */
  readonly marker?: { readonly x: number; readonly text: string; readonly end: 'top' | 'bottom' };
}

/** Curves over epochs with a legend above them. */
export function lineChart({ title, label, xTitle, series, format, limits, marker }: LineChart): Html {
  const points = series.flatMap((s) => s.points);
  const ys = points.map(([, y]) => y);
  const xs = points.map(([x]) => x);
  const yTicks = ticks(Math.min(...ys), Math.max(...ys), 4).filter((t) => t >= limits[0] && t <= limits[1]);
  // One value, or values all alike, still need an axis of some length.
  const span = yTicks.length > 1 ? yTicks : [...limits].map((l) => (Number.isFinite(l) ? l : 2 * Math.max(...ys) || 1));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const xTicks = [first, ...ticks(first, last, 5).filter((t) => Number.isInteger(t) && t > first && t < last), last];
  const shown = new Set(spaced([...new Set(xTicks)], (last - first) / 12));
  const { x, y, draw } = frame(
    { title: xTitle, ticks: [first, last], format: () => '' },
    { title: '', ticks: span, format },
  );
  const body = series.map((s) =>
    s.points.length === 1
      ? html`<circle class="dot ${s.kind}" cx="${at(x(s.points[0]![0]))}" cy="${at(y(s.points[0]![1]))}" r="4"/>`
      : html`<path class="line ${s.kind}" d="${pathOf(s.points.map(([px, py]) => ({ x: x(px), y: y(py) })))}"/>`,
  );
  const base = y(span[0]!);
  const marks = [...shown].map(
    (t) => html`<text class="tick" x="${at(x(t))}" y="${at(base + 18)}" text-anchor="middle">${String(t)}</text>`,
  );
  const flag = marker && flagAt(x(marker.x), base, marker);
  return html`<figure class="plot"><figcaption><strong>${title}</strong>
<span class="legend">${series.map((s) => html`<span><svg class="key" viewBox="0 0 26 8" aria-hidden="true"><line class="line ${s.kind}" x1="1" x2="25" y1="4" y2="4"/></svg>${s.name}</span>`)}</span></figcaption>
${draw(label, [...marks, flag ?? html``, ...body])}</figure>`;
}

function flagAt(x: number, base: number, { text, end }: { text: string; end: 'top' | 'bottom' }): Html {
  const anchor = x > 250 ? 'end' : 'start';
  return html`<line class="flag" x1="${at(x)}" x2="${at(x)}" y1="12" y2="${at(base)}"/>
<text class="flag-text" x="${at(x + (x > 250 ? -6 : 6))}" y="${at(end === 'top' ? 24 : base - 8)}" text-anchor="${anchor}">${text}</text>`;
}

/** Leaves out what stands closer than `gap` to its neighbour, keeping both ends. */
function spaced(values: readonly number[], gap: number): number[] {
  const last = values.at(-1)!;
  const kept: number[] = [];
  for (const v of values) {
    const before = kept.at(-1);
    if (v === last || ((before === undefined || v - before >= gap) && last - v >= gap)) kept.push(v);
  }
  return kept;
}
