import { type Content, html } from '../../../page/html.ts';
import { missing } from '../../../page/parts.ts';
import type { AnomalyEvaluation } from '../evaluation.ts';
import { picturesFor } from '../threshold.ts';
import type { AnomalyContext } from './context.ts';

/** How the threshold was found, and what it can promise. */
export function threshold({ threshold: t }: AnomalyEvaluation, { words, format }: AnomalyContext): Content {
  const w = words.threshold;
  if (!t) return missing(w.unknown);
  const { percent, count } = format;
  const rows: [string, string][] = [
    [w.pictures, count(t.pictures)],
    [w.wished, percent(t.wished)],
    [w.promised, percent(t.promised)],
  ];
  return [
    html`<p class="intro">${w.intro}</p>`,
    html`<table class="facts"><tbody>${rows.map(([head, value]) => html`<tr><th scope="row">${head}</th><td class="n">${value}</td></tr>`)}</tbody></table>`,
    t.promised > t.wished && html`<p>${w.few(percent(t.wished), count(picturesFor(t.wished)))}</p>`,
    html`<p>${w.alike}</p>`,
  ];
}
