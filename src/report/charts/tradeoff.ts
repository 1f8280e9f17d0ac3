import { at, type Frame, frame, pathOf } from '../../page/charts/frame.ts';
import { type Place, placeLabels } from '../../page/charts/labels.ts';
import { ticks } from '../../page/charts/ticks.ts';
import { type Html, html } from '../../page/html.ts';

/** Kinds of points; each has a shape of its own, so that they differ without colour too. */
export type PointKind = 'chosen' | 'exit' | 'whole' | 'other';

interface TradeoffPoint {
  readonly kind: PointKind;
  /** A sign or two that a table explains; none for the point that stands out by itself. */
  readonly sign: string;
  /** Milliseconds. */
  readonly x: number;
  /** A share. */
  readonly y: number;
  readonly description: string;
}

export interface TradeoffChart {
  readonly title: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly xTitle: string;
  /** What the line and each kind of point is called. */
  readonly legend: { readonly line: string } & Readonly<Record<PointKind, string>>;
  /** What can be had between the points. */
  readonly line: readonly { readonly x: number; readonly y: number }[];
  readonly points: readonly TradeoffPoint[];
  readonly percent: (share: number, digits: number) => string;
}

const HEIGHT = 330;

/** Accuracy (up) against time (across): a line of what can be had, and single points beside it, marked with short signs. */
export function tradeoffChart({ title, label, xTitle, legend, line, points, percent }: TradeoffChart): Html {
  const all = [...line, ...points];
  const xTicks = axis(
    all.map((p) => p.x),
    (low, high) => (low > 0.6 * high ? low : 0),
  );
  const yTicks = axis(
    all.map((p) => p.y),
    (low) => low,
  ).filter((t) => t <= 1 + 1e-9);
  const yAxis = yTicks.length > 1 ? yTicks : [Math.max(0, yTicks[0]! - 0.1), ...yTicks];
  const decimals = yAxis[1]! - yAxis[0]! < 0.0099 ? 1 : 0;
  const plot = frame(
    { title: xTitle, ticks: xTicks, format: String },
    { title: '', ticks: yAxis, format: (t) => percent(t, decimals) },
    HEIGHT,
  );
  const kinds = (['chosen', 'exit', 'whole', 'other'] as const).filter((k) => points.some((p) => p.kind === k));
  const keys = kinds.map(
    (kind) =>
      html`<span><svg class="key spot-key" viewBox="0 0 26 18" aria-hidden="true">${marker(kind, 13, 9)}</svg>${legend[kind]}</span>`,
  );
  return html`<figure class="plot"><figcaption><strong>${title}</strong>
<span class="legend"><span><svg class="key" viewBox="0 0 26 8" aria-hidden="true"><line class="line val" x1="1" x2="25" y1="4" y2="4"/></svg>${legend.line}</span>${keys}</span></figcaption>
${plot.draw(label, [path(line, plot), ...marks(points, plot)])}</figure>`;
}

/** A marker as the chart draws it, e.g. for a table. */
export function signOf(kind: PointKind, sign: string): Html {
  return html`<span class="sign"><svg class="key spot-key" viewBox="0 0 26 18" aria-hidden="true">${marker(kind, 13, 9)}</svg>${sign}</span>`;
}

function axis(values: readonly number[], from: (low: number, high: number) => number): number[] {
  // Finer than this nobody sees.
  const seen = values.map((v) => Math.round(v * 1e6) / 1e6);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const start = from(low, high);
  const found = ticks(start, high, 5);
  return found.length > 1 ? found : ticks(start === high ? start * 0.9 : start, high || 1, 5);
}

function path(line: TradeoffChart['line'], { x, y }: Frame): Html {
  return html`<path class="line val" d="${pathOf(line.map((p) => ({ x: x(p.x), y: y(p.y) })))}"/>`;
}

function marks(points: readonly TradeoffPoint[], { x, y }: Frame): Html[] {
  const place = (p: TradeoffPoint) => ({ x: x(p.x), y: y(p.y) });
  const signed = points.filter((p) => p.sign !== '');
  const bare = points.filter((p) => p.sign === '');
  const bounds = { left: 60, right: 438, top: 2, bottom: HEIGHT - 48 };
  const labels = placeLabels(signed.map(place), bounds, bare.map(place));
  const spot = (p: TradeoffPoint, label: Html | false) =>
    html`<g><title>${p.description}</title>${label}${marker(p.kind, place(p).x, place(p).y)}</g>`;
  // What has no sign lies on top: it is what the others are compared with.
  return [...signed.map((p, i) => spot(p, written(p.sign, place(p), labels[i]!))), ...bare.map((p) => spot(p, false))];
}

function written(sign: string, from: Place, to: Place): Html {
  const far = Math.hypot(to.x - from.x, to.y - from.y) > 17;
  return html`${far && html`<line class="mark" x1="${at(from.x)}" y1="${at(from.y)}" x2="${at(to.x)}" y2="${at(to.y)}"/>`}<text class="sign-text" x="${at(to.x)}" y="${at(to.y + 4.5)}" text-anchor="middle">${sign}</text>`;
}

function marker(kind: PointKind, x: number, y: number): Html {
  const shape = `spot ${kind}`;
  switch (kind) {
    case 'chosen':
      return html`<path class="${shape}" d="${star(x, y)}"/>`;
    case 'exit':
      return html`<circle class="${shape}" cx="${at(x)}" cy="${at(y)}" r="5"/>`;
    case 'whole':
      return html`<rect class="${shape}" x="${at(x - 4.5)}" y="${at(y - 4.5)}" width="9" height="9"/>`;
    case 'other':
      return html`<path class="${shape}" d="M${at(x)} ${at(y - 6)}L${at(x + 6)} ${at(y + 5)}L${at(x - 6)} ${at(y + 5)}z"/>`;
  }
}

function star(x: number, y: number): string {
  const corner = (i: number) => {
    const [r, a] = [i % 2 === 0 ? 9 : 4, (i * Math.PI) / 5];
    return `${at(x + r * Math.sin(a))} ${at(y - r * Math.cos(a))}`;
  };
  return `M${Array.from({ length: 10 }, (_, i) => corner(i)).join('L')}z`;
}
