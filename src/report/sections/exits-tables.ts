import { type ExitsRecord, judged } from '../../exits/record.ts';
import { type Html, html } from '../../page/html.ts';
import { name, scrolling } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** More rows than this say less than those where most leave early. */
const MOST_CLASSES = 60;

/** What images took one by one. */
export function measured({ words, format }: Context, record: ExitsRecord): Html {
  const w = words.exits;
  const m = judged(record).report.measured;
  const rows = (['parts', 'oneFile', 'whole'] as const).map((form) => {
    const ratio = m.whole.mean / m[form].mean;
    return html`<tr><th scope="row">${w[form]}</th><td class="n">${format.ms(m[form].mean)}</td><td class="n">${format.ms(m[form].p95)}</td><td class="n">${form === 'whole' ? '–' : format.decimal(ratio, 1)}</td></tr>`;
  });
  const table = html`<table><thead><tr><td></td><th scope="col" class="n">${w.mean}</th><th scope="col" class="n">${w.p95}</th><th scope="col" class="n">${w.ratio}</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<div><h3>${w.speed}</h3><p>${w.speedIntro(m.images)}</p>${scrolling(w.speed, table)}</div>`;
}

/** The rules that images leave by. */
export function rules({ words, format }: Context, record: ExitsRecord): Html {
  const w = words.exits;
  const { policy, budget, classes, exits, miss } = record;
  const asked =
    budget.kind === 'keep'
      ? w.budget.keep
      : budget.kind === 'ms'
        ? w.budget.ms(format.ms(budget.value))
        : budget.kind === 'macs'
          ? w.budget.macs(format.large(budget.value))
          : w.budget.accuracy(format.percent(budget.value));
  const thresholds = policy.thresholds.map((t, k) => {
    const exit = w.exit(k + 1, exits[k]!);
    if (t > 1) return w.closed(exit);
    return t === 0 ? w.open(exit) : w.sure(exit, format.percent(t));
  });
  const lines = [asked, w.calibrated(record.val.images), ...thresholds];
  if (policy.always.length > 0) {
    lines.push(w.always(policy.always.map((c) => words.quoted(classes[c]!)).join(words.comma)));
    if (policy.suspicion < 1) lines.push(w.suspicion(format.percent(policy.suspicion)));
    if (miss > 0) lines.push(w.miss(format.percent(miss)));
  }
  return html`<div class="aside"><h3>${w.rules}</h3><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></div>`;
}

/** For each class, how many of its images leave at each exit; those that leave most first where there are too many. */
export function byClass({ words, format }: Context, record: ExitsRecord): Html {
  const w = words.exits;
  const all = record.classes.map((label, c) => {
    const counts = record.byClass[c]!;
    const images = counts.reduce((a, b) => a + b, 0);
    return { label, c, counts, images, early: images === 0 ? 0 : 1 - counts.at(-1)! / images };
  });
  const stayed = all.filter(({ c, images, early }) => images > 0 && early === 0 && !record.policy.always.includes(c));
  const limited = all.length > MOST_CLASSES;
  const shown = limited ? [...all].sort((a, b) => b.early - a.early || a.c - b.c).slice(0, MOST_CLASSES) : all;
  const rows = shown.map(
    ({
      label,
      counts,
      images,
      early,
    }) => html`<tr><th scope="row">${name(label)}</th><td class="n">${format.count(images)}</td>
<td class="share">${images === 0 ? '–' : format.percent(early, 0)}<span class="bar" aria-hidden="true"><i style="width:${(100 * early).toFixed(1)}%"></i></span></td>${counts.map((n) => html`<td class="n">${format.count(n)}</td>`)}</tr>`,
  );
  const heads = record.exits.map((_, k) => html`<th scope="col" class="n">${w.at(k + 1)}</th>`);
  const table = html`<table><thead><tr><th scope="col">${w.class}</th><th scope="col" class="n">${w.images}</th><th scope="col">${w.early}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
  const names = stayed.slice(0, 12).map((s) => words.quoted(s.label));
  if (stayed.length > names.length) names.push(words.more(stayed.length - names.length));
  return html`<h3>${w.byClass}</h3>${scrolling(w.byClass, table)}
${limited && html`<p>${words.more(all.length - MOST_CLASSES)}</p>`}
${names.length > 0 && html`<p>${w.stayed(names.join(words.comma))}</p>`}`;
}
