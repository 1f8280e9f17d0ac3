import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { digits } from '../src/base/text/numbers.ts';
import { percent } from '../src/base/text/percent.ts';
import { table } from '../src/base/text/table.ts';
import { classifier } from '../src/models/model.ts';
import { initialValues } from '../src/nn/init.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { images, inferIteration, oneHot, trainIteration } from './steps.ts';
import { flopsOf, modelKeys, modelOf, subjects, titleOf } from './subjects.ts';

/**
 * `npx tsx bench/profile.ts [train|infer] [nano|tiny] [nodes]`: which operators one iteration spends its time in, from ONNX Runtime's
 * own profile; with `nodes`, which nodes and of what sizes. Profiling itself costs time: read the shares, not the sums.
 */
interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly ts: number;
  readonly args?: {
    readonly op_name?: string;
    readonly output_size?: string;
    readonly input_type_shape?: readonly unknown[];
  };
}

const STEPS = 6;
const folder = mkdtempSync(join(tmpdir(), 'yosegi-profile-'));
const [mode = 'train', key = modelKeys[0]!, detail] = process.argv.slice(2);
const [subject] = subjects([key], mode === 'infer' ? 'infer' : 'train', false);
const s = subject!;
const model = modelOf(s);
const weights = initialValues(classifier(model), 0);
const image = images([s.batch, 3, s.size, s.size]);
const labels = Array.from({ length: s.batch }, (_, i) => i % s.classes);
const load = { profile: join(folder, 'p') };
const runtime = await nativeRuntime();
const job =
  s.mode === 'train'
    ? await trainIteration(runtime, model, weights, image, oneHot(labels, s.classes), load)
    : await inferIteration(runtime, model, weights, image, load);
const whole: number[] = [];
for (let i = 0; i < STEPS; i++) {
  const start = performance.now();
  await job.run();
  whole.push(performance.now() - start);
}
await job.close();

const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8')) as Event[];
rmSync(folder, { recursive: true });
const runs = events.filter((e) => e.name === 'model_run').sort((a, b) => a.ts - b.ts);
// The first run allocates: it is left out.
const from = runs[1]!.ts;
const kernels = events.filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time') && e.ts >= from);
const byOperator = new Map<string, { ms: number; count: number; bytes: number }>();
for (const e of kernels) {
  const name = e.args?.op_name ?? '?';
  const entry = byOperator.get(name) ?? { ms: 0, count: 0, bytes: 0 };
  entry.ms += e.dur / 1000 / (STEPS - 1);
  entry.count += 1 / (STEPS - 1);
  entry.bytes += Number(e.args?.output_size ?? 0) / (STEPS - 1);
  byOperator.set(name, entry);
}
const inside = [...byOperator.values()].reduce((n, e) => n + e.ms, 0);
const mean = whole.slice(1).reduce((a, b) => a + b, 0) / (STEPS - 1);
console.log(
  `${titleOf(s)}, ${availableParallelism()} threads: ${digits(mean)} ms an iteration, ${digits(inside)} ms of it in operators, ${digits(flopsOf(s) / 1e9)} GFLOP`,
);
console.log(
  table([
    ['operator', 'calls', 'ms', 'share', 'MiB written'],
    ...[...byOperator]
      .sort(([, a], [, b]) => b.ms - a.ms)
      .slice(0, 16)
      .map(([name, e]) => [name, e.count.toFixed(0), digits(e.ms), percent(e.ms / inside), digits(e.bytes / 2 ** 20)]),
  ]),
);

if (detail === 'nodes') {
  const byNode = new Map<string, { ms: number; shapes: string }>();
  for (const e of kernels) {
    const shapes = (e.args?.input_type_shape ?? []).map((v) => JSON.stringify(Object.values(v as object)[0])).join(' ');
    const key = `${e.args?.op_name} ${e.name.replace('_kernel_time', '')}`;
    byNode.set(key, { ms: (byNode.get(key)?.ms ?? 0) + e.dur / 1000 / (STEPS - 1), shapes });
  }
  const costly = [...byNode].sort(([, a], [, b]) => b.ms - a.ms).slice(0, 60);
  console.log(table([['node', 'ms', 'inputs'], ...costly.map(([name, { ms, shapes }]) => [name, digits(ms), shapes])]));
}
