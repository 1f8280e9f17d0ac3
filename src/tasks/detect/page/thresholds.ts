import { type Content, type Html, html, prose } from '../../../page/html.ts';
import { missing, scrolling } from '../../../page/parts.ts';
import { written } from '../../places/page/pictures.ts';
import type { DetectEvaluation, DetectPoint } from '../evaluation.ts';
import type { DetectContext } from './context.ts';
import { atBest } from './counts.ts';

/** What has to be given up for a wish, and which threshold fulfils it. */
export function thresholds(e: DetectEvaluation, { words, format, folder }: DetectContext): Content {
  const w = words.thresholds;
  const { count, decimal, percent } = format;
  const best = atBest(e);
  if (!best) return missing(w.nothing);
  const row = (wish: string, point: DetectPoint | null, shown = false): Html =>
    point
      ? html`<tr><th scope="row">${wish}${shown && html` <small>${w.shown}</small>`}</th><td class="n">${written(point.score, format)}</td><td class="n">${percent(point.missed)}</td><td class="n">${decimal(point.falseAlarms, 2)}</td><td class="n">${percent(point.precision)}</td></tr>`
      : html`<tr><th scope="row">${wish}</th><td class="n">–</td><td colspan="3">${w.none}</td></tr>`;
  const wishes = e.wishes.map(({ missed, falseAlarms, point }) =>
    row(missed === undefined ? w.atMostAlarms(falseAlarms ?? 0) : w.atMostMissed(percent(missed, 0)), point),
  );
  const table = html`<table><thead><tr><th scope="col">${w.wish}</th><th scope="col" class="n">${w.score}</th><th scope="col" class="n">${w.missed}</th><th scope="col" class="n">${w.alarms}</th><th scope="col" class="n">${w.right}</th></tr></thead><tbody>${row(w.best, best, true)}${wishes}</tbody></table>`;
  return [
    html`<p class="intro">${w.intro}</p>`,
    scrolling(w.title, table),
    html`<p>${prose(w.command(folder, written(best.score, format)))}</p>`,
    html`<p>${w.caution(count(e.images), count(Math.max(1, Math.floor(e.images / 3))), count(e.objects))}</p>`,
  ];
}
