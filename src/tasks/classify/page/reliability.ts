import { at, frame } from '../../../page/charts/frame.ts';
import { ticks } from '../../../page/charts/ticks.ts';
import { type Html, html } from '../../../page/html.ts';
import { wilson } from '../../interval.ts';
import type { Bin } from '../calibration.ts';

export interface ReliabilityChart {
  readonly label: string;
  readonly xTitle: string;
  readonly title: string;
  readonly ideal: string;
  readonly group: string;
  readonly percent: (share: number) => string;
  readonly describe: (bin: Bin) => string;
}

/** Stated confidence (across) against actual hits (up): a dot a bin, its area the number of images, with its 95 % interval. */
export function reliabilityChart(bins: readonly Bin[], words: ReliabilityChart): Html {
  const filled = bins.filter(({ count }) => count > 0);
  // Most of a trained model's answers lie high up; the empty lower part would only push them together.
  const lowest = Math.min(...filled.map(({ confidence }) => confidence), 0.5);
  const start = Math.floor(lowest * 5) / 5;
  const [xTicks, yTicks] = [ticks(start, 1, 4), ticks(0, 1, 4)];
  const { x, y, draw } = frame(
    { title: words.xTitle, ticks: xTicks, format: words.percent },
    { title: '', ticks: yTicks, format: words.percent },
    300,
  );
  const most = Math.max(...filled.map(({ count }) => count), 1);
  const ideal = html`<line class="ideal" x1="${at(x(start))}" y1="${at(y(start))}" x2="${at(x(1))}" y2="${at(y(1))}"/>
<text class="flag-text" x="${at(x(0.45 * start + 0.55) + 8)}" y="${at(y(0.45 * start + 0.55) + 20)}">${words.ideal}</text>`;
  const dots = filled.map((bin) => {
    const { low, high } = wilson(Math.round(bin.accuracy * bin.count), bin.count);
    const cx = at(x(bin.confidence));
    return html`<g><title>${words.describe(bin)}</title>
<line class="whisker" x1="${cx}" x2="${cx}" y1="${at(y(low))}" y2="${at(y(high))}"/>
<circle class="dot val" cx="${cx}" cy="${at(y(bin.accuracy))}" r="${at(3 + 8 * Math.sqrt(bin.count / most))}"/></g>`;
  });
  return html`<figure class="plot"><figcaption><strong>${words.title}</strong>
<span class="legend"><span><svg class="key" viewBox="0 0 26 12" aria-hidden="true"><circle class="dot val" cx="13" cy="6" r="5"/></svg>${words.group}</span></span></figcaption>
${draw(words.label, [ideal, ...dots])}</figure>`;
}
