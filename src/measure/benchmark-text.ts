import { bytesText, digits, duration, short } from '../base/text/numbers.ts';
import { table } from '../base/text/table.ts';
import type { Benchmark } from './benchmark.ts';

/** A benchmark as the text that `yosegi bench` prints. */
export function benchmarkText(b: Benchmark): string {
  const { machine: m, cost } = b;
  const threads = (n: number) => `${n} thread${n === 1 ? '' : 's'}`;
  const batches = [...new Set(b.throughput.map((t) => t.batch))];
  const speeds = new Map(b.throughput.map((t) => [`${t.threads}/${t.batch}`, t.imagesPerSecond]));
  const counts = [...new Set(b.throughput.map((t) => t.threads))];
  const work = b.macs === null ? '' : `, ${short(b.macs)} MACs`;
  const memory =
    b.memoryMiB === null
      ? 'memory not measured'
      : `memory ${digits(b.memoryMiB)} MiB (whole process ${digits(b.processMiB ?? 0)} MiB)`;
  const picture = b.preprocessMs === null ? '' : `, decode and resize one picture ${digits(b.preprocessMs)} ms`;
  return [
    `${b.model}  ${b.size.join('×')} px  ${short(b.parameters)} parameters${work}, file ${bytesText(b.fileBytes)}`,
    `${m.cpu}, ${m.cores} core${m.cores === 1 ? '' : 's'}, ${m.memoryGiB} GiB, ${m.os}, Node ${m.node}, ${m.runtime}`,
    '',
    table([
      [`latency in ms, batch ${b.latency[0]!.batch}`, 'p50', 'p95', 'p99', 'mean', 'runs'],
      ...b.latency.map((l) => [threads(l.threads), ...[l.p50, l.p95, l.p99, l.mean].map(digits), String(l.runs)]),
    ]),
    '',
    table([
      ['images a second, batch', ...batches.map(String)],
      ...counts.map((n) => [threads(n), ...batches.map((batch) => digits(speeds.get(`${n}/${batch}`) ?? 0))]),
    ]),
    '',
    `load ${digits(b.loadMs)} ms, ${memory}${picture}`,
    `at most ${b.repetitions} runs or ${digits(b.seconds)} s a series after up to ${b.warmup} untimed ones, series interleaved`,
    '',
    `A million images at the fastest setting (${threads(cost.threads)}, batch ${cost.batch}; the network alone): ${duration(cost.secondsPerMillion)}`,
    `  ${money(cost.energyCostPerMillion)} ${cost.currency} of energy: ${money(cost.energyKwhPerMillion)} kWh, assuming ${cost.watts} W and ${cost.pricePerKwh} ${cost.currency}/kWh`,
    `  ${money(cost.cloudCostPerMillion)} ${cost.currency} of rent, assuming ${cost.pricePerCloudHour} ${cost.currency} an hour for a machine as fast as this one`,
  ].join('\n');
}

/** Small amounts keep two significant digits: 0.0046. */
const money = (n: number) => (n >= 1 ? n.toFixed(2) : n === 0 ? '0' : n.toPrecision(2));
