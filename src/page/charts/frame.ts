import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { type Html, html } from '../html.ts';
import type { Place } from './labels.ts';

/** One axis of a chart: its ticks span it. */
export interface Axis {
  readonly title: string;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** A plot area with axes, and where values fall in it. */
export interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Axes, grid and titles around `content`; `label` is what a screen reader says. */
  readonly draw: (label: string, content: readonly Html[]) => Html;
}

/** In units of the drawing: the page scales it to the width there is. */
const WIDTH = 440;
const left = 58;
const right = 14;
const top = 12;
const bottom = 44;

export function frame(xAxis: Axis, yAxis: Axis, height = 270): Frame {
  const x = scale(xAxis.ticks, left, WIDTH - right);
  const y = scale(yAxis.ticks, height - bottom, top);
  const middle = (left + WIDTH - right) / 2;
  const draw = (
    label: string,
    content: readonly Html[],
  ) => html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">
${yAxis.ticks.map(
  (t) => html`<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${at(y(t))}" y2="${at(y(t))}"/>
<text class="tick" x="${left - 7}" y="${at(y(t) + 4)}" text-anchor="end">${yAxis.format(t)}</text>`,
)}
${xAxis.ticks.map(
  (t) => html`<line class="mark" x1="${at(x(t))}" x2="${at(x(t))}" y1="${height - bottom}" y2="${height - bottom + 4}"/>
<text class="tick" x="${at(x(t))}" y="${height - bottom + 18}" text-anchor="middle">${xAxis.format(t)}</text>`,
)}
<text class="axis" x="${middle}" y="${height - 6}" text-anchor="middle">${xAxis.title}</text>
${content}
</svg>`;
  return { x, y, draw };
}

/** Where values fall between the ends of an axis; a value alone lies in its middle. */
function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  return scaleLinear([ticks[0]!, ticks.at(-1)!], [from, to]);
}

/** The path of a line through points of the drawing, for the attribute `d`. */
export function pathOf(points: readonly Place[]): string {
  const draw = line<Place>(
    (p) => p.x,
    (p) => p.y,
  ).digits(1);
  return draw([...points]) ?? '';
}

/** A coordinate with as many decimals as an eye sees. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}
