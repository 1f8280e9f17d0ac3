import { type Content, html } from '../../../page/html.ts';
import { wilson } from '../../interval.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import type { AnomalyContext } from './context.ts';
import { scoreStrip } from './score-strip.ts';

/** How well good and anomalous pictures are told apart: every score, and what the threshold makes of them. */
export function separation(e: AnomalyEvaluation, { words, format, shared }: AnomalyContext): Content {
  const w = words.separation;
  const { percent, count } = format;
  const share = (hits: number, all: number) => {
    if (all === 0) return '–';
    const { low, high } = wilson(hits, all);
    return `${percent(hits / all)} (${shared.range(percent(low, 0), percent(high, 0))})`;
  };
  const plain = (value: number | null) => (value === null ? '–' : percent(value));
  const rows: [string, string, string][] = [
    [w.auroc, plain(e.auroc), w.aurocMeans],
    [w.missed, share(e.missed, e.anomalous), w.of(count(e.missed), count(e.anomalous))],
    [w.alarms, share(e.falseAlarms, e.good), w.of(count(e.falseAlarms), count(e.good))],
    [w.pixels, plain(e.pixels.auroc), e.pixels.auroc === null ? w.noMasks : w.pixelsMeans],
    [w.aupro, plain(e.pixels.aupro), e.pixels.aupro === null ? w.noMasks : w.auproMeans(count(e.pixels.regions))],
  ];
  const body = rows.map(
    ([head, value, means]) =>
      html`<tr><th scope="row">${head}<br><small>${means}</small></th><td class="n">${value}</td></tr>`,
  );
  return [
    html`<p class="intro">${w.intro}</p>`,
    scoreStrip(e.scores, w, format),
    html`<table class="facts"><tbody>${body}</tbody></table>`,
  ];
}
