import { type Content, html } from '../../../page/html.ts';
import { scrolling } from '../../../page/parts.ts';
import type { Evaluation } from '../evaluation.ts';
import type { ClassifyContext } from './context.ts';
import { limits } from './plain.ts';
import { reliabilityChart } from './reliability.ts';

/** Agreement from here on is called good; below it the findings warn. */
const GOOD = 0.05;

/** The reliability diagram, and what a limit for manual checks would do. */
export function calibration(e: Evaluation, { words, shared, format }: ClassifyContext): Content {
  const w = words.calibration;
  const { percent } = format;
  const filled = e.bins.filter(({ count }) => count > 0);
  const describe = (b: (typeof filled)[number]) => w.point(b.count, percent(b.confidence), percent(b.accuracy));
  const chart = reliabilityChart(e.bins, {
    title: w.chart,
    label: `${w.chart}. ${filled.map(describe).join('; ')}`,
    xTitle: w.x,
    ideal: w.ideal,
    group: w.group,
    percent: (share) => percent(share, 0),
    describe,
  });
  const verdict = (e.calibrationError <= GOOD ? w.good : w.bad)(format.decimal(e.calibrationError * 100, 1));
  const edges = [0, 0.6, 0.8, 0.93].map((share) => Math.round(share * e.bins.length));
  const rows = limits(e.bins, edges).map(({ above, passed, right }, i) => {
    const limit = i === 0 ? w.all : percent(above, 0);
    return html`<tr><th scope="row">${limit}</th><td class="n">${percent(passed / e.images)}</td><td class="n">${passed > 0 ? percent(right / passed) : '–'}</td><td class="n">${percent(1 - passed / e.images)}</td></tr>`;
  });
  const table = html`<table><caption>${w.limits}</caption><thead><tr><th scope="col">${w.limit}</th><th scope="col" class="n">${w.passed}</th><th scope="col" class="n">${w.right}</th><th scope="col" class="n">${w.checked}</th></tr></thead><tbody>${rows}</tbody></table>`;
  return [
    html`<p class="intro">${w.intro}${shared.space}${verdict}</p>`,
    html`<div class="pair">${chart}<div>${scrolling(w.limits, table)}</div></div>`,
  ];
}
