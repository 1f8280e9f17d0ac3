import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import { batchNorm, conv2d, linear } from '../nn/layers.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import { formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import {
  add,
  concat,
  matmul,
  mul,
  pad,
  reduceMean,
  relu,
  reshape,
  sigmoid,
  silu,
  slice,
  softmax,
  split,
  transpose,
} from './build.ts';
import { type Channels, channelsOf, type Dropped } from './channels.ts';
import { dropChannels } from './drop-channels.ts';
import type { Weights } from './fold-batch-norm.ts';
import { type Graph, graph, nameOf } from './graph.ts';
import { apply1 } from './op.ts';
import { input, type Value } from './value.ts';

const image = (channels = 3) => input('x', 'float32', ['N', channels, 6, 6]);
const scoped = (s: Scope, name: string) => s.in(name, (inner) => inner);

/** Which dimensions of which parameters belong together, `name.dim`, one text for each group. */
function namesOf(g: Graph): string[] {
  return channelsOf(g).groups.map(
    ({ size, places }) =>
      `${size}: ${places.flatMap(({ value, dim }) => (value.origin.kind === 'param' ? [`${nameOf(value)}.${dim}`] : [])).join(' ')}`,
  );
}

/** The same weights with zeros where an index goes. */
function masked(g: Graph, weights: Weights, channels: Channels, dropped: Dropped): Map<string, Tensor> {
  const out = new Map(weights);
  for (const p of g.params) {
    const t = weights.get(nameOf(p)!)!;
    const keep = p.type.shape.map((_, dim) => channels.kept({ value: p, dim }, dropped));
    const strides = t.shape.map((_, i) => sizeOf(t.shape.slice(i + 1)));
    const stays = (at: number) => keep.every((dim, i) => dim[Math.floor(at / strides[i]!) % t.shape[i]!]);
    out.set(
      nameOf(p)!,
      f32(
        t.shape,
        (t.data as Float32Array).map((v, at) => (stays(at) ? v : 0)),
      ),
    );
  }
  return out;
}

/** Largest difference between the graph without the channels and the graph with zeros in their place. */
async function errorWithout(g: Graph, channels: Channels, dropped: Dropped): Promise<number> {
  const weights = formulaWeights(g);
  const less = dropChannels(g, weights, channels, dropped);
  const gone = (weights: Weights) => [...weights.values()].reduce((n, t) => n + t.data.length, 0);
  if (dropped.size > 0) expect(gone(less.weights)).toBeLessThan(gone(weights));
  return differenceBetween([g, masked(g, weights, channels, dropped)], [less.graph, less.weights]);
}

/** The groups over which nothing is measured: without an index of another the numbers change. */
const free = (channels: Channels) => channels.groups.filter((group) => !group.measured);

const conv = (s: Scope, x: Value, out: number, options = {}) => conv2d(s, x, out, { kernel: 3, ...options });
const head = (s: Scope, x: Value, classes = 4) => linear(scoped(s, 'fc'), reduceMean(x, [2, 3], false), classes);

const networks: Record<string, (s: Scope) => Value> = {
  'a chain with normalisation': (s) => head(s, relu(batchNorm(scoped(s, 'bn'), conv(scoped(s, 'a'), image(), 8)))),
  'a residual sum': (s) => {
    const x = relu(conv(scoped(s, 'stem'), image(), 8));
    return head(s, add(x, conv(scoped(s, 'b'), relu(conv(scoped(s, 'a'), x, 6)), 8)));
  },
  'a concatenation': (s) => {
    const x = conv(scoped(s, 'stem'), image(), 8);
    return head(s, conv(scoped(s, 'c'), concat([conv(scoped(s, 'a'), x, 3), x, conv(scoped(s, 'b'), x, 5)], 1), 6));
  },
  'a depthwise convolution': (s) =>
    head(
      s,
      silu(batchNorm(scoped(s, 'bn'), conv(scoped(s, 'dw'), relu(conv(scoped(s, 'a'), image(), 6)), 6, { group: 6 }))),
    ),
  'a grouped convolution': (s) => head(s, conv(scoped(s, 'g'), conv(scoped(s, 'a'), image(), 8), 12, { group: 4 })),
  'a gate of the channels': (s) => {
    const x = conv(scoped(s, 'a'), image(), 6);
    const gate = conv2d(scoped(s, 'up'), relu(conv2d(scoped(s, 'down'), reduceMean(x, [2, 3]), 4)), 6);
    return head(s, mul(x, sigmoid(gate)));
  },
  'a flattened map': (s) => linear(scoped(s, 'fc'), apply1('Flatten', [conv(scoped(s, 'a'), image(), 5)]), 4),
  'halves that are swapped': (s) => {
    const [a, b] = split(conv(scoped(s, 'a'), image(), 8), [4, 4], 1);
    return head(s, conv(scoped(s, 'b'), concat([relu(b!), a!], 1), 6));
  },
  'channels that are shuffled': (s) => {
    const x = conv(scoped(s, 'a'), image(), 8);
    const apart = transpose(reshape(x, ['N', 2, 4, 6, 6]), [0, 2, 1, 3, 4]);
    return head(s, conv(scoped(s, 'b'), reshape(apart, ['N', 8, 6, 6]), 6));
  },
  'channels filled up with zeros': (s) => {
    const x = conv(scoped(s, 'a'), image(), 4);
    return head(s, add(pad(x, [0, 1, 0, 0, 0, 3, 0, 0]), conv(scoped(s, 'b'), x, 8)));
  },
  'a part of the channels': (s) => {
    const x = conv(scoped(s, 'a'), image(), 8);
    return head(s, conv(scoped(s, 'b'), slice(x, [1], [2], [7]), 6));
  },
  'pixels made of channels': (s) =>
    head(s, conv(scoped(s, 'b'), apply1('DepthToSpace', [conv(scoped(s, 'a'), image(), 12)], { blocksize: 2 }), 5)),
  'channels made of pixels': (s) =>
    head(s, conv(scoped(s, 'b'), apply1('SpaceToDepth', [conv(scoped(s, 'a'), image(), 3)], { blocksize: 2 }), 5)),
  'a transposed convolution in groups': (s) => {
    const weight = s.param('weight', [6, 2, 2, 2], { kind: 'normal', std: 1 });
    const x = conv(scoped(s, 'a'), image(), 6);
    return head(s, conv(scoped(s, 'b'), apply1('ConvTranspose', [x, weight], { group: 3, strides: [2, 2] }), 4));
  },
  'attention with one product for all three': (s) => {
    const tokens = transpose(reshape(conv(scoped(s, 'a'), image(), 12), ['N', 12, 36]), [0, 2, 1]);
    const qkv = transpose(reshape(linear(scoped(s, 'qkv'), tokens, 24), ['N', 36, 3, 2, 4]), [2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((i) => reshape(slice(qkv, [0], [i], [i + 1]), ['N', 2, 36, 4]));
    const weights = softmax(matmul(q!, transpose(k!, [0, 1, 3, 2])));
    const back = reshape(transpose(matmul(weights, v!), [0, 2, 1, 3]), ['N', 36, 8]);
    return linear(scoped(s, 'fc'), reduceMean(add(tokens, linear(scoped(s, 'proj'), back, 12)), [1], false), 4);
  },
};

const build = (make: (s: Scope) => Value) => graph({ y: make(rootScope()) });

describe('channelsOf', () => {
  it('finds what a residual sum couples', () => {
    expect(namesOf(build(networks['a residual sum']!))).toEqual([
      '8: stem.weight.0 a.weight.1 b.weight.0 fc.weight.1',
      '6: a.weight.0 b.weight.1',
    ]);
  });

  it('finds the groups of a convolution, and the places within them', () => {
    expect(namesOf(build(networks['a grouped convolution']!))).toEqual([
      '4: a.weight.0 g.weight.0 fc.weight.1',
      '2: a.weight.0 g.weight.1',
      '3: g.weight.0 fc.weight.1',
    ]);
  });

  it('finds heads, and what is inside of them', () => {
    const found = namesOf(build(networks['attention with one product for all three']!));
    expect(found).toContain('2: qkv.weight.0 qkv.bias.0 proj.weight.1');
    expect(found).toContain('4: qkv.weight.0 qkv.bias.0 proj.weight.1');
  });

  it.each(Object.entries(networks))('%s: without the channels as with zeros in their place', async (_, make) => {
    const g = build(make);
    const channels = channelsOf(g);
    const dropped = new Map(free(channels).map((group) => [group, new Set([group.size - 1])]));
    expect(dropped.size).toBeGreaterThan(0);
    expect(await errorWithout(g, channels, dropped)).toBeLessThan(1e-5);
  });
});

/** A random convolutional network: every step reads one or two maps that were made before. */
const step = fc.record({
  kind: fc.constantFrom('conv', 'depthwise', 'grouped', 'sum', 'concat', 'shuffle', 'halves', 'gate'),
  from: fc.nat(7),
  other: fc.nat(7),
  width: fc.constantFrom(4, 6, 8),
});

function network(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Graph {
  const s = rootScope();
  const maps: Value[] = [conv(scoped(s, 'stem'), image(), 8)];
  const width = (v: Value) => v.type.shape[1] as number;
  steps.forEach(({ kind, from, other, width: w }, i) => {
    const at = scoped(s, `s${i}`);
    const [x, z] = [maps[from % maps.length]!, maps[other % maps.length]!];
    const c = width(x);
    const make: Record<typeof kind, () => Value> = {
      conv: () => relu(batchNorm(scoped(at, 'bn'), conv(at, x, w))),
      depthwise: () => silu(conv(at, x, c, { group: c })),
      grouped: () => conv(at, x, w, { group: 2 }),
      sum: () => add(x, conv(at, z, c)),
      concat: () => concat([x, relu(z)], 1),
      shuffle: () => reshape(transpose(reshape(x, ['N', 2, c / 2, 6, 6]), [0, 2, 1, 3, 4]), ['N', c, 6, 6]),
      halves: () => concat([...split(x, [c / 2, c / 2], 1)].reverse(), 1),
      gate: () => mul(x, sigmoid(conv2d(at, reduceMean(x, [2, 3]), c))),
    };
    if (c <= 32) maps.push(make[kind]());
  });
  return graph({ y: head(s, maps.at(-1)!) });
}

it('random networks: without channels as with zeros in their place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 7 }), fc.nat(), async (steps, seed) => {
      const g = network(steps);
      const channels = channelsOf(g);
      const dropped = new Map(
        free(channels).flatMap((group, i) => {
          const gone = (seed + 7 * i) % group.size;
          return (seed + i) % 3 === 0 ? [] : [[group, new Set([gone])] as const];
        }),
      );
      expect(await errorWithout(g, channels, dropped)).toBeLessThan(1e-4);
    }),
    { numRuns: 25, seed: 4 },
  );
}, 120_000);
