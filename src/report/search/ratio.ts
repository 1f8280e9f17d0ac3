import { formatFor, type Lang } from '../../page/format.ts';
import { type Html, html } from '../../page/html.ts';
import { scrolling, section } from '../../page/parts.ts';
import type { Found } from '../../search/node/search-run.ts';
import { scored } from '../../search/search.ts';
import { type Space, settle } from '../../search/space.ts';
import { pointsChart } from '../charts/points.ts';
import { searchWords } from './words.ts';

/** Designs with one share of attention. */
export interface Ratio {
  /** Attention blocks among all blocks, 0 … 1. */
  readonly share: number;
  readonly accuracies: readonly number[];
  readonly ms: readonly number[];
}

/** T blocks among the blocks of a layout such as `CC|CCCT|CCTT|CTTT`; undefined where a design has none. */
export function attentionShare(space: Space, design: readonly number[]): number | undefined {
  const { layout } = settle(space, design).overrides;
  const blocks = typeof layout === 'string' ? [...layout].filter((b) => b === 'C' || b === 'T') : [];
  return blocks.length === 0 ? undefined : blocks.filter((b) => b === 'T').length / blocks.length;
}

/** What was judged, by share of attention, the least first. */
export function ratiosOf({ trials, record, space }: Pick<Found, 'trials' | 'record' | 'space'>): Ratio[] {
  const by = new Map<number, { accuracies: number[]; ms: number[] }>();
  for (const t of scored(trials, record)) {
    const share = attentionShare(space, t.design);
    if (share === undefined) continue;
    const of = by.get(share) ?? { accuracies: [], ms: [] };
    by.set(share, of);
    of.accuracies.push(t.accuracy);
    of.ms.push(t.ms);
  }
  return [...by].map(([share, of]) => ({ share, ...of })).sort((a, b) => a.share - b.share);
}

const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;

/** Accuracy and milliseconds for each share of attention: two pictures and a table; nothing where the space has one share, or none. */
export function convolutionAndAttention(found: Found, lang: Lang): Html | undefined {
  const ratios = ratiosOf(found);
  if (ratios.length < 2) return undefined;
  const words = searchWords[lang].ratio;
  const f = formatFor(lang);
  const chart = (title: string, of: (r: Ratio) => readonly number[], format: (y: number) => string, from?: number) =>
    pointsChart({
      title,
      label: words.chart(title),
      xTitle: words.axis,
      legend: { line: words.mean, points: words.designs },
      line: ratios.map((r) => ({ x: r.share, y: mean(of(r)) })),
      points: ratios.flatMap((r) =>
        of(r).map((y) => ({ x: r.share, y, description: `${f.percent(r.share, 0)}: ${format(y)}` })),
      ),
      xFormat: (x) => f.percent(x, 0),
      yFormat: format,
      ...(from !== undefined && { from }),
    });
  const row = ({ share, accuracies, ms }: Ratio) => html`<tr><th scope="row">${f.percent(share, 0)}</th>
<td>${f.count(accuracies.length)}</td><td>${f.percent(mean(accuracies))}</td><td>${f.percent(Math.max(...accuracies))}</td><td>${f.ms(mean(ms))}</td></tr>`;
  const heads = [words.axis, words.designs, words.accuracy, words.best, words.time];
  return section(
    'ratio',
    words.title,
    html`<p>${words.about}</p><div class="pair">${chart(
      words.accuracy,
      (r) => r.accuracies,
      (y) => f.percent(y, 0),
    )}
${chart(
  words.time,
  (r) => r.ms,
  (y) => f.decimal(y, 2),
  0,
)}</div>`,
    scrolling(
      words.title,
      html`<table><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${ratios.map(row)}</tbody></table>`,
    ),
  );
}
