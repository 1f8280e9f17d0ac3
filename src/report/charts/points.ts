import { at, frame, pathOf } from '../../page/charts/frame.ts';
import { ticks } from '../../page/charts/ticks.ts';
import { type Html, html } from '../../page/html.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PointsChart {
  readonly title: string;
  /** What a screen reader says. */
  readonly label: string;
  readonly xTitle: string;
  readonly legend: { readonly line: string; readonly points: string };
  /** In order of x. */
  readonly line: readonly Point[];
  readonly points: readonly (Point & { readonly description: string })[];
  readonly xFormat: (x: number) => string;
  readonly yFormat: (y: number) => string;
  /** Where the y axis begins; default: below the least. */
  readonly from?: number;
}

/** Single points, and a line through what they come to. */
export function pointsChart(chart: PointsChart): Html {
  const { title, label, xTitle, legend, line, points, xFormat, yFormat, from } = chart;
  const all = [...line, ...points];
  const plot = frame(
    { title: xTitle, ticks: spanning(all.map((p) => p.x)), format: xFormat },
    { title: '', ticks: spanning([...all.map((p) => p.y), ...(from === undefined ? [] : [from])]), format: yFormat },
  );
  const spots = points.map(
    (p) =>
      html`<g><title>${p.description}</title><circle class="spot exit" cx="${at(plot.x(p.x))}" cy="${at(plot.y(p.y))}" r="5"/></g>`,
  );
  const path = html`<path class="line val" d="${pathOf(line.map((p) => ({ x: plot.x(p.x), y: plot.y(p.y) })))}"/>`;
  return html`<figure class="plot"><figcaption><strong>${title}</strong>
<span class="legend"><span><svg class="key" viewBox="0 0 26 8" aria-hidden="true"><line class="line val" x1="1" x2="25" y1="4" y2="4"/></svg>${legend.line}</span><span><svg class="key spot-key" viewBox="0 0 26 18" aria-hidden="true"><circle class="spot exit" cx="13" cy="9" r="5"/></svg>${legend.points}</span></span></figcaption>
${plot.draw(label, [path, ...spots])}</figure>`;
}

/** Round positions that hold all values; values all alike still need an axis of some length. */
function spanning(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high > low ? ticks(low, high) : ticks(low - Math.max(0.05, 0.1 * low), high + Math.max(0.05, 0.1 * high));
}
