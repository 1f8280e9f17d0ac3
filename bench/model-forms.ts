import { parseArgs } from 'node:util';
import { random } from '../src/base/random.ts';
import { f32, sizeOf, type Tensor } from '../src/base/tensor.ts';
import { digits } from '../src/base/text/numbers.ts';
import { table } from '../src/base/text/table.ts';
import { cleanUp } from '../src/graph/cleanup.ts';
import { bindDim } from '../src/graph/dim.ts';
import { graph } from '../src/graph/graph.ts';
import { gradientContext } from '../src/graph/op.ts';
import { geometry } from '../src/graph/ops/conv.ts';
import type { ConvGeometry } from '../src/graph/ops/conv-columns.ts';
import { convInputGradient, convWeightGradient } from '../src/graph/ops/conv-gradient.ts';
import { input, type Value } from '../src/graph/value.ts';
import { classifier } from '../src/models/model.ts';
import { createModel } from '../src/models/registry.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { compile } from '../src/runtime/runtime.ts';
import { convForms, takesColumns } from './conv-form-list.ts';

/**
 * `npx tsx bench/model-forms.ts MODEL SIZE BATCH [--all]`: would a table of forms, measured on this machine, be worth it? For every convolution of a model
 * (depthwise ones left out), the gradients in the form that the rules of src/graph/ops/conv-gradient.ts choose and in every other one, on one
 * thread, in turns: least processor time of eight runs. Prints the shapes where another form takes at most 0.9 of the time (--all: every one), and the sums.
 */
const { positionals, values: o } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false } },
});
const [name = 'ascan-nano', size = '64', batch = '32'] = positionals;
const runtime = await nativeRuntime();

interface Convolution {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly g: ConvGeometry;
}

/** The convolutions of a model, each as often as it is there. */
function convolutionsOf(model: string, size: number, batch: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of classifier(createModel(model, { size: [size, size], classes: 10 })).nodes) {
    if (node.op !== 'Conv') continue;
    const g = geometry(gradientContext(node, [], () => false));
    const shape = ({ type }: Value) => type.shape.map((d) => bindDim(d, { N: batch }));
    const [x, w] = node.inputs.map((v) => shape(v!)) as [number[], number[]];
    const y = shape(node.outputs[0]!);
    if (g.group > 1 && g.group === x[1] && g.group === y[1]) continue;
    const key = JSON.stringify({ x, w, y, g } satisfies Convolution);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function filled(shape: readonly number[], name: string): Tensor {
  const rng = random(0, name);
  return f32(
    [...shape],
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform() - 0.5),
  );
}

const RUNS = 8;

/** Least milliseconds of processor time of each form. */
async function race(
  forms: ReadonlyMap<string, Value>,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Map<string, number>> {
  const programs = new Map<string, Awaited<ReturnType<typeof compile>>>();
  for (const [form, y] of forms) programs.set(form, await compile(runtime, cleanUp(graph({ y })), { threads: 1 }));
  const least = new Map<string, number>();
  const order = [...programs];
  for (let run = 0; run <= RUNS; run++) {
    // Another one first each time: what runs after a stranger finds its numbers in no cache.
    if (run > 0) order.push(order.shift()!);
    for (const [form, program] of order) {
      const given = Object.fromEntries(program.inputs.map((n) => [n, feeds[n]!]));
      const before = process.cpuUsage();
      await program.run(given);
      const { user, system } = process.cpuUsage(before);
      if (run > 0) least.set(form, Math.min(least.get(form) ?? Number.POSITIVE_INFINITY, (user + system) / 1000));
    }
  }
  for (const program of programs.values()) await program.close();
  return least;
}

const RULE = 'by the rules';
const rows: string[][] = [];
const sums = new Map<string, { rule: number; best: number }>();
for (const [key, count] of convolutionsOf(name, Number(size), Number(batch))) {
  const c: Convolution = JSON.parse(key);
  const [x, w, dy] = [input('x', 'float32', c.x), input('w', 'float32', c.w), input('dy', 'float32', c.y)];
  const feeds = { x: filled(c.x, 'x'), w: filled(c.w, 'w'), dy: filled(c.y, 'dy') };
  for (const [task, forms] of convForms.filter(([task]) => task !== 'forward')) {
    const chosen = task === 'weight gradient' ? convWeightGradient(x, dy, c.g, c.w) : convInputGradient(dy, w, x, c.g);
    const made = new Map([[RULE, chosen]]);
    for (const [form, make] of forms) {
      if (form === 'columns' && !takesColumns(c.g, c.x.slice(2), c.y.slice(2))) continue;
      const y = make(x, w, dy, c.g);
      if (y) made.set(form, y);
    }
    const times = await race(made, feeds);
    const rule = times.get(RULE)!;
    const [best, ms] = [...times].reduce((a, b) => (b[1] < a[1] ? b : a));
    const sum = sums.get(task) ?? { rule: 0, best: 0 };
    sums.set(task, { rule: sum.rule + count * rule, best: sum.best + count * ms });
    if (o.all || ms <= 0.9 * rule) {
      const text = `${c.x.slice(1).join('×')} by ${c.w.join('×')}${c.g.strides[0] === 1 ? '' : ` /${c.g.strides[0]}`}`;
      rows.push([task, `${count}`, text, digits(rule), best, digits(ms)]);
    }
  }
}
console.log(table([['', 'times', 'convolution', 'ms by the rules', 'fastest', 'ms'], ...rows], { left: [0, 2, 4] }));
for (const [task, { rule, best }] of sums)
  console.log(
    `${name}, batch ${batch}, ${task}: ${digits(rule)} ms by the rules, ${digits(best)} with the fastest of every shape (${digits(best / rule)})`,
  );
