import { barChart } from '../../page/charts/bars.ts';
import { type Html, html } from '../../page/html.ts';
import { missing, scrolling, section } from '../../page/parts.ts';
import type { Context } from './context.ts';

/** Latency and throughput on the machine where they were measured. */
export function speed({ input, words, folder, format }: Context): Html {
  const w = words.speed;
  const b = input.benchmark;
  if (!b) return section('speed', w.title, missing(words.missing.benchmark(folder)));
  const { machine } = b;
  const rows = b.latency
    .filter(({ batch }) => batch === 1)
    .map(
      (l) =>
        html`<tr><th scope="row">${l.threads}</th><td class="n">${format.ms(l.p50)}</td><td class="n">${format.ms(l.p95)}</td><td class="n">${format.ms(l.p99)}</td><td class="n">${format.ms(l.mean)}</td></tr>`,
    );
  const table = html`<table><thead><tr><th scope="col">${w.threads}</th><th scope="col" class="n">${w.p50}</th><th scope="col" class="n">${w.p95}</th><th scope="col" class="n">${w.p99}</th><th scope="col" class="n">${w.mean}</th></tr></thead><tbody>${rows}</tbody></table>`;
  const bars = b.throughput.map((t) => ({
    name: w.series(t.threads, t.batch),
    value: t.imagesPerSecond,
    text: format.speed(t.imagesPerSecond),
  }));
  const facts = [
    b.preprocessMs !== null && w.reading(format.ms(b.preprocessMs)),
    w.load(format.ms(b.loadMs)),
    b.memoryMiB !== null && w.memory(format.count(b.memoryMiB)),
  ];
  const label = `${w.throughput}: ${bars.map((bar) => `${bar.name} ${bar.text}`).join('; ')}`;
  return section(
    'speed',
    w.title,
    html`<p class="intro">${w.machine(machine.cpu, machine.cores, format.decimal(machine.memoryGiB, machine.memoryGiB < 10 ? 1 : 0), machine.os)}${input.exits?.record && [words.space, words.exits.speedNote]}</p>`,
    html`<div class="pair"><div><h3>${w.latency}</h3>${scrolling(w.latency, table)}<p>${facts
      .filter((fact) => fact !== false)
      .join(words.space)}</p></div>
<div><h3>${w.throughput}</h3><p>${w.throughputIntro}</p>${barChart(label, bars)}</div></div>`,
  );
}
