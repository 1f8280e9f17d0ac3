import { judged } from '../../exits/record.ts';
import { type Content, html } from '../../page/html.ts';
import { missing, section } from '../../page/parts.ts';
import type { Context } from './context.ts';
import { strips } from './exits-pictures.ts';
import { byClass, measured, rules } from './exits-tables.ts';
import { tradeoff } from './exits-tradeoff.ts';

/** Ratios of two ways to time the same that differ by more than this come from a busy PC. */
const UNSTEADY = 1.4;

/** Where images leave the network early: what it brings, what it costs, and which images they are. */
export function exits(context: Context): Content {
  const { input, words, folder, format } = context;
  const w = words.exits;
  if (!input.exits) return undefined;
  const { names, record, stale } = input.exits;
  const intro = html`<p class="intro">${w.intro(names.length)}</p>`;
  if (!record) return section('exits', w.title, intro, missing((stale ? w.stale : w.none)(folder)));
  const { split, report } = judged(record);
  const { parts, whole } = report.measured;
  const said = [
    report.policy.shares.at(-1) === 1
      ? w.nobody
      : w.result(format.ms(parts.mean), format.ms(whole.mean), whole.mean / parts.mean),
    w.accuracy(
      report.images,
      split,
      format.percent(report.policy.accuracy),
      format.percent(report.exits.at(-1)!),
      report,
    ),
  ];
  return section(
    'exits',
    w.title,
    intro,
    html`<p class="told">${said.join(words.space)}</p>`,
    disagrees(context) && missing(w.disagree),
    tradeoff(context, record),
    html`<div class="pair">${measured(context, record)}${rules(context, record)}</div>`,
    byClass(context, record),
    strips(context, record),
  );
}

function disagrees({ input }: Context): boolean {
  const record = input.exits!.record!;
  const { policy, measured: m } = judged(record).report;
  const ratio = record.wholeMs / policy.ms / (m.whole.mean / m.parts.mean);
  return Math.max(ratio, 1 / ratio) > UNSTEADY;
}
