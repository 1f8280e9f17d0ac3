import { type Html, html } from '../html.ts';
import { at } from './frame.ts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value as written at the bar's end. */
  readonly text: string;
}

const WIDTH = 440;
const NAMES = 164;
const TEXT = 58;
const ROW = 30;

/** Horizontal bars from 0, each with its name before and its value behind it; the longest is highlighted. */
export function barChart(label: string, bars: readonly Bar[]): Html {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const room = WIDTH - NAMES - TEXT;
  const rows = bars.map(({ name, value, text }, i) => {
    const length = Math.max(1, (value / most) * room);
    const y = i * ROW;
    return html`<text class="tick" x="${NAMES - 10}" y="${y + 19}" text-anchor="end">${name}</text>
<rect class="bar-rect ${value === most && 'most'}" x="${NAMES}" y="${y + 5}" width="${at(length)}" height="${ROW - 10}" rx="2"/>
<text class="bar-text" x="${at(NAMES + length + 7)}" y="${y + 19}">${text}</text>`;
  });
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${label}">
${rows}
</svg>`;
}
