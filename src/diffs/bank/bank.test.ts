import { describe, expect, it } from 'vitest';
import { adaptModel } from '../../adapters/adapt.ts';
import { adapterOptions } from '../../adapters/options.ts';
import { random } from '../../base/random.ts';
import { f32, i64, sizeOf, type Tensor, toNumbers } from '../../base/tensor.ts';
import { deployGraph } from '../../bundle/deploy.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { ownNetwork } from '../../models/network.ts';
import { createModel } from '../../models/registry.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { bankGraph, ROWS, TASK } from './graph.ts';
import { bankRow, type Member, planBank } from './plan.ts';

const size = 64;
const drawn = (shape: readonly number[], name: string, std = 1): Tensor<'float32'> => {
  const rng = random(1, name);
  return f32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => std * rng.normal()),
  );
};

/** A task with adapters that have learned something, on the backbone's weights. */
function member(name: string, architecture: string, classes: number, options: object): Member {
  const plain = createModel(architecture, { size, classes });
  const adapted = adaptModel(plain, adapterOptions(options));
  const network = ownNetwork(adapted.model);
  const backbone = initialValues(graph({ pooled: plain.pooled }), 7);
  const weights = new Map<string, Tensor<'float32'>>();
  for (const p of graph(network.outputs).params) {
    const key = nameOf(p)!;
    const own = !backbone.has(key);
    const shape = p.type.shape as number[];
    const statistic = /running_var$/.test(key);
    if (statistic)
      weights.set(
        key,
        f32(
          shape,
          drawn(shape, key).data.map((v) => 0.5 + v * v),
        ),
      );
    else weights.set(key, own ? drawn(shape, `${name} ${key}`, 0.1) : backbone.get(key)!);
  }
  return { name, adapted, network, classes, weights };
}

const queries = { layers: ['*:q', '*:v'] };

describe.each([
  ['ascan-micro', {}, {}],
  // Rows of queries and values beside whole layers.
  ['ascan-micro', queries, {}],
  ['vit_tiny_patch16_224', queries, queries],
  // Depthwise convolutions, strides, a stem.
  ['tf_mobilenetv2_100', { stem: true }, { stem: true }],
  ['convnext_atto', {}, {}],
  ['vit_tiny_patch16_224', {}, {}],
] as const)('a bank of %s, %o', (architecture, first, second) => {
  it('answers as the merged networks do, tasks of other ranks, layers and classes in one batch', {
    timeout: 120_000,
  }, async () => {
    const members = [
      member('a', architecture, 3, { ...first, rank: 2 }),
      member('b', architecture, 5, { ...second, rank: 4, alpha: 8 }),
      member('c', architecture, 2, { targets: ['convolution', 'mlp'], rank: 1 }),
      member('d', architecture, 4, { method: 'head' }),
    ];
    const plan = planBank(members);
    const runtime = await nativeRuntime();
    const model = createModel(architecture, { size, classes: 3 });
    const g = bankGraph(model, plan);
    const shipped = deployGraph(model, Object.fromEntries(g.outputs), members[0]!.weights);
    const bank = await compile(runtime, shipped.graph, { constants: shipped.constants, target: 'standard' });
    const image = drawn([4, 3, size, size], 'image');
    const rows = f32([4, plan.width]);
    members.forEach((m, t) => {
      rows.data.set(bankRow(plan, m), t * plan.width);
    });
    const chosen = [2, 0, 3, 1];
    const { logits } = await bank.run({ image, [ROWS]: rows, [TASK]: i64([4], chosen) });
    await bank.close();
    for (const [i, t] of chosen.entries()) {
      const { adapted, classes, weights } = members[t]!;
      const merged = adapted.merge(weights)!;
      const one = deployGraph(merged.model, { logits: merged.model.logits }, merged.weights);
      const alone = await compile(runtime, one.graph, { constants: one.constants, target: 'standard' });
      const each = 3 * size * size;
      const picture = f32([1, 3, size, size], image.data.slice(i * each, (i + 1) * each));
      const expected = toNumbers((await alone.run({ image: picture })).logits!);
      await alone.close();
      const largest = Math.max(...expected.map(Math.abs));
      for (let c = 0; c < classes; c++) {
        const difference = Number(logits!.data[i * plan.classes + c]) - expected[c]!;
        expect(Math.abs(difference) / largest, `${architecture}, task ${t}`).toBeLessThan(1e-5);
      }
    }
  });
});

it('says what no running network can be given', () => {
  const of = (options: object) => () => planBank([member('x', 'ascan-micro', 2, options)]);
  expect(of({ method: 'norm' })).toThrow(
    /x has trained .*, which is the backbone's own: a bank takes low-rank pairs and heads alone/,
  );
  expect(of({ form: 'p2', rank: 2 })).toThrow(/its form is not p1.*Merge it instead/s);
  expect(() => planBank([member('x', 'efficientformerv2_s0', 2, { rank: 1 })])).toThrow(
    /x has a head that is more than one linear map of efficientformerv2_s0's features/,
  );
  expect(of({ method: 'full' })).toThrow(/x has trained the whole network/);
});
