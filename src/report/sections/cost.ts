import { fastest } from '../../measure/benchmark.ts';
import { type Html, html } from '../../page/html.ts';
import { missing, section } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** What a million images cost, and under which assumptions. */
export function cost({ input, words, folder, format }: Context): Html {
  const w = words.cost;
  const b = input.benchmark;
  if (!b) return section('cost', w.title, missing(words.missing.benchmark(folder)));
  const c = b.cost;
  const money = (amount: number) => format.money(amount, c.currency);
  const rows = [
    [w.time, format.duration(c.secondsPerMillion)],
    [w.energy, `${format.decimal(c.energyKwhPerMillion, c.energyKwhPerMillion < 10 ? 2 : 0)} kWh`],
    [w.energyCost, money(c.energyCostPerMillion)],
    [w.cloud, money(c.cloudCostPerMillion)],
  ];
  const series = b.throughput.find((t) => t.threads === c.threads && t.batch === c.batch) ?? fastest(b.throughput);
  const assumptions = [
    w.speed(words.speed.series(series.threads, series.batch), format.speed(1e6 / c.secondsPerMillion)),
    w.watts(format.count(c.watts)),
    w.price(money(c.pricePerKwh)),
    w.cloudPrice(money(c.pricePerCloudHour)),
    ...(input.exits?.record ? [words.exits.cost] : []),
    w.excluded,
  ];
  return section(
    'cost',
    w.title,
    html`<div class="pair"><table class="facts"><tbody>${rows.map(([label, value]) => html`<tr><th scope="row">${label}</th><td class="n">${value}</td></tr>`)}</tbody></table>
<div class="aside"><h3>${w.assumed}</h3><ul>${assumptions.map((a) => html`<li>${a}</li>`)}</ul></div></div>`,
  );
}
