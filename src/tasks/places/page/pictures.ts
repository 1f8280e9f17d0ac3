import type { Format } from '../../../page/format.ts';
import { type Content, html } from '../../../page/html.ts';
import { missing } from '../../../page/parts.ts';
import type { PictureFigures } from '../../pictures.ts';
import type { PlaceWords } from './words/words.ts';

/** Does a picture show anything at all? How well the model tells those that do from those that do not. */
export function pictures(
  { positive, negative, auroc, threshold, missed, falseAlarms }: PictureFigures,
  { places: { pictures: w }, format }: { readonly places: PlaceWords; readonly format: Format },
): Content {
  const { count, percent } = format;
  const intro = html`<p class="intro">${w.intro}</p>`;
  if (negative === 0) return [intro, missing(w.noEmpty)];
  if (positive === 0) return [intro, missing(w.allEmpty(count(negative)))];
  const rows: [string, string, string][] = [
    [w.auroc, auroc === null ? '–' : percent(auroc), w.aurocMeans],
    [w.missed, missed === null ? '–' : percent(missed), w.missedMeans(count(positive))],
    [w.alarms, falseAlarms === null ? '–' : percent(falseAlarms), w.alarmsMeans(count(negative))],
    [w.threshold, threshold === null ? '–' : written(threshold, format), threshold === null ? w.noThreshold : w.from],
  ];
  const body = rows.map(
    ([head, value, means]) =>
      html`<tr><th scope="row">${head}<br><small>${means}</small></th><td class="n">${value}</td></tr>`,
  );
  return [
    intro,
    html`<table class="facts"><tbody>${body}</tbody></table>`,
    negative < 100 && html`<p>${w.few(count(negative))}</p>`,
  ];
}

/** A score as it is given to a command: rounded down, so that what has just this score is still counted. */
export function written(score: number, { decimal }: Pick<Format, 'decimal'>): string {
  return decimal(Math.floor(score * 1000 + 1e-9) / 1000, 3);
}
