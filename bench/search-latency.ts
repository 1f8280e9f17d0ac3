/**
 * How well the times of parts tell the time of the whole: random designs of a space, each as the sum of its parts (src/search/latency) and
 * measured whole. Rank correlation (Spearman), and the error of a straight line that is fitted to the first fifth and judged on the others.
 * Usage: npx tsx bench/search-latency.ts [space, default ascan] [designs, default 100] [size, default 64]
 */
import { loadavg } from 'node:os';
import { random } from '../src/base/random.ts';
import { graph } from '../src/graph/graph.ts';
import { describeMachine } from '../src/measure/node/machine.ts';
import { percentile } from '../src/measure/percentile.ts';
import { timeGraph } from '../src/measure/time-graph.ts';
import { createModel } from '../src/models/registry.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { chance } from '../src/search/generator.ts';
import { LatencyTable } from '../src/search/latency/table.ts';
import { choicesOf, keyOf, settleModel } from '../src/search/space.ts';
import { spaceNamed } from '../src/search/spaces/spaces.ts';
import { spearman } from './designs/rank.ts';

const [name = 'ascan', count = '100', size = '64'] = process.argv.slice(2);
const space = spaceNamed(name);
const choices = choicesOf(space);
const generator = chance(choices);
const runtime = await nativeRuntime({ threads: 1 });
const table = new LatencyTable(runtime);
const rows: { parts: number; whole: number; again: number; before: number }[] = [];
const seen = new Set<string>();
for (let i = 0; rows.length < Number(count); i++) {
  const design = generator.generate(random(1, 'latency', i));
  if (seen.has(keyOf(design))) continue;
  seen.add(keyOf(design));
  const { model, overrides } = settleModel(space, design);
  const network = graph({ logits: createModel(model, { size: Number(size), classes: 10 }, overrides).logits });
  const before = await timeGraph(runtime, network);
  const parts = await table.expect(network);
  // The mean of before and after: a machine that slows down meanwhile slows both.
  const again = await timeGraph(runtime, network);
  rows.push({ parts, whole: (before + again) / 2, before, again });
  if (rows.length % 20 === 0) console.error(`${rows.length} designs, ${table.size} parts`);
}
await runtime.close();

const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length;
const [parts, whole] = [rows.map((r) => r.parts), rows.map((r) => r.whole)];
const first = Math.round(rows.length / 5);
const [mx, my] = [mean(parts.slice(0, first)), mean(whole.slice(0, first))];
const slope =
  parts.slice(0, first).reduce((s, x, i) => s + (x - mx) * (whole[i]! - my), 0) /
  parts.slice(0, first).reduce((s, x) => s + (x - mx) ** 2, 0);
const errors = rows.slice(first).map((r) => Math.abs(my + slope * (r.parts - mx) - r.whole) / r.whole);
const { cpu, cores } = describeMachine(runtime);
console.log(
  JSON.stringify({
    space: name,
    size: Number(size),
    designs: rows.length,
    parts: table.size,
    ms: [Math.min(...whole), Math.max(...whole)].map((x) => Number(x.toFixed(3))),
    rankCorrelation: Number(spearman(parts, whole).toFixed(4)),
    // What measuring the same network twice comes to: no expectation can be better.
    wholeAgainstItself: Number(
      spearman(
        rows.map((r) => r.before),
        rows.map((r) => r.again),
      ).toFixed(4),
    ),
    medianError: Number(percentile(errors, 50).toFixed(4)),
    errorP90: Number(percentile(errors, 90).toFixed(4)),
    wholeOverParts: Number((mean(whole) / mean(parts)).toFixed(3)),
    machine: `${cpu}, ${cores} cores, 1 thread`,
    load: loadavg().map((x) => Number(x.toFixed(1))),
  }),
);
