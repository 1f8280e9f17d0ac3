import { expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32, sizeOf, type Tensor } from '../../base/tensor.ts';
import { graph } from '../../graph/graph.ts';
import { input } from '../../graph/value.ts';
import { createModel } from '../../models/registry.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { distill } from './distill.ts';
import { distillObjective } from './objective.ts';

const n = 6;
const shapes = { pooled: [n, 5], map32: [n, 3, 2, 2], logits: [n, 4] };
const drawn = (shape: readonly number[], name: string, scale = 1): Tensor<'float32'> => {
  const rng = random(2, name);
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => 3 + scale * rng.normal()),
  );
};

it('judges by what it minimises: the meter’s figures of one batch are the objective’s', async () => {
  const student = Object.fromEntries(
    Object.entries(shapes).map(([name, [, ...rest]]) => [name, input(name, 'float32', ['N', ...rest])]),
  );
  const model = createModel('ascan-nano', { size: 32, classes: 2 });
  const network = { model, reads: [], outputs: student };
  const { loss, outputs } = distillObjective(network, 2);
  const program = await compile(await nativeRuntime(), graph({ loss, missed: outputs!.missed! }), {
    target: 'standard',
  });
  const heard = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, drawn(shape, `heard ${name}`)]),
  );
  const targets = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [`teacher.${name}`, drawn(shape, name, name === 'pooled' ? 4 : 1)]),
  );
  const found = await program.run({ ...heard, ...targets });
  await program.close();
  const meter = distill.meter({ classes: [] });
  const truths = Array.from({ length: n }, () => null);
  const batch = { images: f32([n, 3, 1, 1]), targets, truths, placements: [] };
  meter.add(heard, { ...batch, indices: new Uint32Array(n), views: new Uint32Array(n) });
  const figures = meter.figures();
  expect(figures.loss).toBeCloseTo(found.loss!.data[0] as number, 4);
  expect(figures.explained).toBeCloseTo(Math.max(0, 1 - (found.missed!.data[0] as number)), 5);
  expect(distill.evaluation.parse(meter.evaluation('val')).parts).toHaveProperty('map32');
});

it('builds the student from what run.json keeps of the teacher, and leaves out maps of another size', () => {
  const teacher = createModel('ascan-micro', { size: 64, classes: 7 });
  const asked = distill.taught!.asks(teacher);
  const says = Object.fromEntries(
    Object.entries(asked).map(([name, { type }]) => [name, type.shape.slice(1) as number[]]),
  );
  expect(Object.keys(says).sort()).toEqual(['teacher.logits', 'teacher.map16', 'teacher.map32', 'teacher.pooled']);
  const options = distill.taught!.settle(distill.options.parse({}) as Record<string, unknown>, says);
  const student = createModel('ascan-nano', { size: 64, classes: 1 });
  expect(Object.keys(distill.network(student, options).outputs).sort()).toEqual(['logits', 'map16', 'map32', 'pooled']);
  const other = createModel('ascan-nano', { size: 96, classes: 1 });
  expect(Object.keys(distill.network(other, options).outputs).sort()).toEqual(['logits', 'pooled']);
  expect(() => distill.network(student, {})).toThrow(/what the teacher says is not known/);
});
