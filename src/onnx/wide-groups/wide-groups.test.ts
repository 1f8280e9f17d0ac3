import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { f32, sizeOf } from '../../base/tensor.ts';
import { add, concat, mul, reduceMean, relu, sigmoid } from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { input, type Value } from '../../graph/value.ts';
import { createModel } from '../../models/registry.ts';
import { type ConvLayerOptions, conv2d } from '../../nn/layers.ts';
import { rootScope } from '../../nn/scope.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import { formulaWeights } from '../../testing/formula.ts';
import { toOnnx } from '../print.ts';
import type { Model, Node } from '../wire/messages.ts';
import { encodeModel } from '../wire/model.ts';
import { groupOf, hasGroups } from './has-groups.ts';
import { wideGroups } from './wide-groups.ts';

const runtime = await nativeRuntime({ threads: 1 });
afterAll(() => runtime.close());

const SIDE = 9;
/** A convolution of a name. */
type Layer = (name: string, x: Value, channels: number, options?: ConvLayerOptions) => Value;

/** A file that makes something of a picture of six channels. */
function fileOf(make: (c: Layer, x: Value) => Value | Readonly<Record<string, Value>>): Model {
  const root = rootScope();
  const layer: Layer = (name, y, channels, options) => root.in(name, (s) => conv2d(s, y, channels, options));
  const made = make(layer, input('x', 'float32', [2, 6, SIDE, SIDE]));
  const g = graph('type' in made ? { y: made as Value } : (made as Record<string, Value>));
  return toOnnx(g, { constants: formulaWeights(g), target: 'standard' });
}

const picture = (() => {
  const rng = random(0, 'picture');
  const shape = [2, 6, SIDE, SIDE];
  return f32(
    shape,
    Array.from({ length: sizeOf(shape) }, () => rng.uniform() - 0.5),
  );
})();

async function answers(model: Model, feeds: Tensors = { x: picture }): Promise<Float32Array[]> {
  // Neither the runtime's optimiser nor what it is given by yosegi: each file as it is.
  const program = await runtime.load(encodeModel(model), { optimize: 'none' });
  try {
    return Object.values(await program.run(feeds)).map(({ data }) => data as Float32Array);
  } finally {
    await program.close();
  }
}

/** Greatest difference of what two files answer, as a share of the greatest number. */
async function apart(one: Model, other: Model): Promise<number> {
  const [a, b] = [await answers(one), await answers(other)];
  const greatest = Math.max(...a.flatMap((x) => [...x].map(Math.abs)));
  return Math.max(...a.map((x, k) => x.reduce((most, v, i) => Math.max(most, Math.abs(v - b[k]![i]!)), 0))) / greatest;
}

const groups = (model: Model) => grouped(model).map(groupOf);
const grouped = ({ graph: g }: Model): Node[] => g.node.filter((n) => n.opType === 'Conv' && groupOf(n) > 1);
const widths = (model: Model) =>
  grouped(model).map((n) => model.graph.initializer.find(({ name }) => name === n.input[1])!.dims[1]);

const squeezed = (c: Layer, x: Value, channels: number) => {
  const mean = reduceMean(x, [2, 3], true);
  const inner = relu(c('fc1', mean, 3, { bias: true }));
  return mul(x, sigmoid(c('fc2', inner, channels, { bias: true })));
};

describe('wideGroups', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'changes no answer of a network drawn by seed %i',
    async (seed) => {
      const rng = random(seed, 'groups');
      const of = <const T>(...all: readonly T[]): T => all[Math.floor(rng.uniform() * all.length)]!;
      const block = of(8, 16);
      const each = of(2, 4);
      const channels = each * of(2, 3, 5, 8, 11);
      const [kernel, stride, bias] = [of(1, 3), of(1, 2), of(true, false)];
      const extra = of('none', 'squeeze', 'sum', 'two');
      const model = fileOf((c, x) => {
        const first = relu(c('a', x, channels, { bias }));
        const options = { kernel, stride, group: channels / each, bias };
        const middle = sigmoid(c('b', first, channels, options));
        const more = {
          none: () => middle,
          squeeze: () => squeezed(c, middle, channels),
          sum: () => add(middle, c('c', x, channels, { kernel, stride, bias: true })),
          two: () => c('d', middle, channels, { kernel: 3, group: channels / each }),
        };
        return c('e', more[extra](), 5, { bias });
      });
      const wide = wideGroups(model, block)!;
      expect(widths(wide).filter((width) => width !== block)).toEqual([]);
      expect(await apart(model, wide)).toBeLessThan(1e-6);
    },
  );

  it('joins the groups of a RegNet, whose channels do not fill blocks', async () => {
    const g = graph({ y: createModel('regnety_004', { size: 32, classes: 3 }).logits });
    const model = toOnnx(g, { constants: formulaWeights(g), target: 'standard' });
    const wide = wideGroups(model, 16)!;
    // 48, 104, 208 and 440 channels.
    expect(new Set(groups(wide))).toEqual(new Set([3, 7, 13, 28]));
    const feeds = {
      image: f32(
        [1, 3, 32, 32],
        Array.from({ length: 3072 }, (_, i) => Math.sin(i)),
      ),
    };
    const [[a], [b]] = [await answers(model, feeds), await answers(wide, feeds)];
    for (const [i, v] of a!.entries()) expect(b![i]).toBeCloseTo(v, 4);
  });

  it('does it to what the native runtime loads', async () => {
    const model = fileOf((c, x) => relu(c('b', c('a', x, 12), 12, { kernel: 3, group: 6 })));
    const [plain] = await answers(model);
    const program = await runtime.load(encodeModel(model));
    const [loaded] = Object.values(await program.run({ x: picture })).map(({ data }) => data as Float32Array);
    await program.close();
    for (const [i, v] of plain!.entries()) expect(loaded![i]).toBeCloseTo(v, 5);
  });

  const kept: Record<string, (c: Layer, x: Value) => Value | Record<string, Value>> = {
    'channels that the file gives': (c, x) => c('b', c('a', x, 12), 12, { group: 6 }),
    'channels that the file takes': (c, x) => c('a', c('b', x, 6, { group: 3 }), 5),
    'channels that others are put beside': (c, x) => {
      const first = c('a', x, 12);
      return c('c', concat([first, c('b', first, 12, { group: 6 })], 1), 5);
    },
    'a map of one channel over them': (c, x) => {
      const middle = c('b', c('a', x, 12), 12, { group: 6 });
      return c('d', mul(middle, sigmoid(c('c', x, 1))), 5);
    },
    'a mean over them': (c, x) => {
      const middle = c('b', c('a', x, 12), 12, { group: 6 });
      return { y: c('d', middle, 5), mean: reduceMean(middle, [1], true) };
    },
    'groups that do not divide a block': (c, x) => c('c', c('b', c('a', x, 12), 12, { group: 4 }), 5),
    'depthwise convolutions': (c, x) => c('c', c('b', c('a', x, 12), 12, { group: 12 }), 5),
    'more outputs than inputs': (c, x) => c('c', c('b', c('a', x, 12), 24, { group: 6 }), 5),
  };
  it.each(Object.entries(kept))('leaves %s alone', (_, make) => {
    expect(wideGroups(fileOf(make), 8)).toBeUndefined();
  });

  it('leaves weights alone that the caller gives', () => {
    const g = graph({ y: conv2d(rootScope(), input('x', 'float32', [1, 8, 5, 5]), 8, { group: 4 }) });
    const model = toOnnx(g, { target: 'standard' });
    expect([hasGroups(model), wideGroups(model, 8)]).toEqual([false, undefined]);
  });
});
