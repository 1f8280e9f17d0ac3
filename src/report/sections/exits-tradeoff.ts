import { against } from '../../exits/judge/compare.ts';
import { type ExitsRecord, judged } from '../../exits/record.ts';
import { type Html, html } from '../../page/html.ts';
import { scrolling } from '../../page/parts.ts';
import { type PointKind, signOf, tradeoffChart } from '../charts/tradeoff.ts';
import type { Context } from './context.ts';

interface Row {
  readonly kind: PointKind;
  readonly sign: string;
  readonly name: string;
  readonly accuracy: number;
  readonly ms: number;
  /** Share of the images that leaves there. */
  readonly leaving?: number;
}

/** Accuracy against time, as a chart and as the table that explains its signs; and what other networks do beside it. */
export function tradeoff({ words, format }: Context, record: ExitsRecord): Html {
  const w = words.exits;
  const { split, report } = judged(record);
  const rows = rowsOf(record, w);
  const points = rows.map(({ kind, sign, name, accuracy, ms }) => ({
    kind,
    sign,
    x: ms,
    y: accuracy,
    description: w.point(name, format.percent(accuracy), format.ms(ms)),
  }));
  const line = record.curve
    .map((p) => (split === 'test' && p.test ? p.test : p))
    .map(({ ms, accuracy }) => ({ x: ms, y: accuracy }))
    .sort((a, b) => a.x - b.x);
  const chart = tradeoffChart({
    title: w.chart,
    label: `${w.chart}. ${points.map((p) => p.description).join('; ')}`,
    xTitle: w.x,
    legend: w.legend,
    line,
    points,
    percent: format.percent,
  });
  const body = rows.map(
    (r) =>
      html`<tr><td>${signOf(r.kind, r.sign)}</td><th scope="row">${r.name}</th><td class="n">${format.percent(r.accuracy)}</td><td class="n">${format.ms(r.ms)}</td><td class="n">${r.leaving === undefined ? '–' : format.percent(r.leaving)}</td></tr>`,
  );
  const table = html`<table class="points"><caption>${w.table}</caption><thead><tr><th scope="col">${w.sign}</th><th scope="col">${w.answeredBy}</th><th scope="col" class="n">${w.right}</th><th scope="col" class="n">${w.time}</th><th scope="col" class="n">${w.leaving}</th></tr></thead><tbody>${body}</tbody></table>`;
  const source = [w.source(report.images, split), w.measuredOn(record.machine.cpu, record.threads)];
  return html`<div class="pair">${chart}<div>${scrolling(w.table, table)}</div></div>
<p><small>${source.join(words.space)}</small></p>
${beside(record, words.exits)}`;
}

function rowsOf(record: ExitsRecord, w: Context['words']['exits']): Row[] {
  const { report } = judged(record);
  const { policy } = report;
  return [
    { kind: 'chosen', sign: '', name: w.chosen, accuracy: policy.accuracy, ms: policy.ms },
    ...record.exits.map((name, k): Row => {
      const at = { accuracy: report.exits[k]!, ms: record.ms[k]!, leaving: policy.shares[k]! };
      return { kind: 'exit', sign: String(k + 1), name: w.exit(k + 1, name), ...at };
    }),
    { kind: 'whole', sign: 'W', name: w.wholeNetwork, accuracy: report.exits.at(-1)!, ms: record.wholeMs },
    ...record.statics.map(
      (s, i): Row => ({
        kind: 'other',
        sign: letter(i),
        name: w.other(s.model, s.name),
        accuracy: s.accuracy,
        ms: s.ms,
      }),
    ),
  ];
}

/** A, B, … V (W is the whole network), then numbers. */
function letter(i: number): string {
  return i < 22 ? String.fromCharCode(65 + i) : `A${i - 21}`;
}

function beside(record: ExitsRecord, w: Context['words']['exits']): Html | undefined {
  if (record.statics.length === 0) return undefined;
  const { report } = judged(record);
  const lines = record.statics.map((s) => {
    const { times, hits } = against(s, report);
    return html`<li>${w.against(w.other(s.model, s.name), times, hits, report.images)}</li>`;
  });
  return html`<h3>${w.compared}</h3><ul class="told">${lines}</ul>`;
}
