import { parseArgs } from 'node:util';
import { random } from '../src/base/random.ts';
import { f32, sizeOf, type Tensor } from '../src/base/tensor.ts';
import { digits } from '../src/base/text/numbers.ts';
import { table } from '../src/base/text/table.ts';
import { cleanUp } from '../src/graph/cleanup.ts';
import { graph } from '../src/graph/graph.ts';
import type { ConvGeometry } from '../src/graph/ops/conv-columns.ts';
import { input, type Value } from '../src/graph/value.ts';
import { interleave, type Probe } from '../src/measure/interleave.ts';
import { percentile } from '../src/measure/percentile.ts';
import { nativeRuntime } from '../src/runtime/node/native.ts';
import { compile, type Program } from '../src/runtime/runtime.ts';
import { convForms, type Form, takesColumns } from './conv-form-list.ts';

/**
 * `npm run bench:conv [-- --only weight]`: races the forms of a convolution and of its two gradients, with the weights as inputs as in a training
 * step. It is what the thresholds in src/graph/ops/conv-gradient.ts (COLUMNS_FORWARD, COLUMNS_WEIGHT, TURNED_KERNEL) and conv-weight-gradient.ts (MOVED) rest on.
 */
interface Shape {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  /** Height and width of the output. */
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
}

const at = (
  kernel: number,
  stride: number,
  sizes: readonly (readonly [out: number, batch: number, channels: number, outputs: number])[],
) => sizes.map(([out, batch, channels, outputs]): Shape => ({ batch, channels, outputs, out, kernel, stride }));

/** Output sizes from 2² to 28², as the stages of ascan-nano at 64 px and ascan-tiny at 224 px have them, and between. */
const shapes = [
  ...at(3, 1, [
    [2, 32, 256, 1024],
    [3, 32, 128, 512],
    [4, 32, 128, 512],
    [5, 32, 128, 512],
    [6, 16, 96, 384],
    [7, 8, 96, 384],
    [8, 32, 64, 256],
    [14, 8, 96, 192],
    [16, 32, 32, 128],
    [28, 8, 64, 128],
  ]),
  ...at(3, 2, [
    [2, 32, 128, 1024],
    [4, 32, 64, 512],
    [6, 16, 96, 384],
    [7, 8, 192, 768],
    [8, 32, 32, 256],
    [14, 8, 96, 384],
  ]),
  ...at(1, 1, [
    [2, 32, 1024, 256],
    [4, 32, 512, 128],
    [6, 16, 384, 96],
    [7, 8, 768, 192],
    [8, 32, 256, 64],
    [14, 8, 384, 96],
  ]),
];

function fill(value: Value, batch: number): Tensor {
  const shape = value.type.shape.map((d) => (d === 'N' ? batch : Number(d)));
  const rng = random(0, shape.join());
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform() - 0.5),
  );
}

const { values: o } = parseArgs({
  options: { seconds: { type: 'string', default: '0.4' }, only: { type: 'string', default: '' } },
});
const effort = { seconds: Number(o.seconds), runs: 400, warmup: 3 };
const runtime = await nativeRuntime();

async function raceForms(s: Shape, forms: readonly Form[]): Promise<(number | undefined)[]> {
  const reach = (s.kernel - 1) / 2;
  const size = s.out * s.stride;
  const g: ConvGeometry = {
    kernel: [s.kernel, s.kernel],
    strides: [s.stride, s.stride],
    dilations: [1, 1],
    begin: [reach, reach],
    end: [reach, reach],
    group: 1,
  };
  const x = input('x', 'float32', ['N', s.channels, size, size]);
  const w = input('w', 'float32', [s.outputs, s.channels, s.kernel, s.kernel]);
  const dy = input('dy', 'float32', ['N', s.outputs, s.out, s.out]);
  const feeds = Object.fromEntries([x, w, dy].map((v, i) => [['x', 'w', 'dy'][i]!, fill(v, s.batch)]));
  const programs = new Map<number, Program>();
  for (const [i, [name, make]] of forms.entries()) {
    if (name === 'columns' && !takesColumns(g, [size, size], [s.out, s.out])) continue;
    const y = make(x, w, dy, g);
    if (y) programs.set(i, await compile(runtime, cleanUp(graph({ y }))));
  }
  const probes = [...programs.values()].map((p): Probe => {
    const given = Object.fromEntries(p.inputs.map((n) => [n, feeds[n]!]));
    return { run: () => p.run(given) };
  });
  const times = await interleave(probes, effort);
  for (const p of programs.values()) await p.close();
  const order = [...programs.keys()];
  return forms.map((_, i) => (order.includes(i) ? percentile(times[order.indexOf(i)]!, 25) : undefined));
}

for (const [title, forms] of convForms.filter(([title]) => title.includes(o.only))) {
  const rows: string[][] = [];
  for (const s of shapes) {
    console.error(`${title}: ${s.out}², kernel ${s.kernel}, stride ${s.stride}`);
    const ms = await raceForms(s, forms);
    const best = Math.min(...ms.flatMap((t) => t ?? []));
    const gflop = (2 * s.batch * s.outputs * s.out ** 2 * s.channels * s.kernel ** 2) / 1e9;
    rows.push([
      `${s.kernel}×${s.kernel}${s.stride > 1 ? ` /${s.stride}` : ''}`,
      `${s.batch}×${s.channels}→${s.outputs}`,
      `${s.out}² = ${s.out ** 2}`,
      ...ms.map((t) => (t === undefined ? '' : `${digits(t)} ms${t === best ? ' *' : '  '}`)),
      digits((gflop / best) * 1000),
    ]);
  }
  console.log(`\n${title} (lower quartile of the times; * the fastest)`);
  console.log(
    table([['kernel', 'batch×in→out', 'positions', ...forms.map(([name]) => name), 'GFLOP/s'], ...rows], {
      left: [0, 1],
    }),
  );
}
