import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32, i64 } from '../../base/tensor.ts';
import {
  add,
  clip,
  div,
  erf,
  exp,
  hardSigmoid,
  log,
  mul,
  neg,
  pow,
  reciprocal,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  softmax,
  softplus,
  sqrt,
  sub,
  tanh,
  transpose,
} from '../../graph/build.ts';
import { graph } from '../../graph/graph.ts';
import { apply1 } from '../../graph/op.ts';
import { constant, input, type Value } from '../../graph/value.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaInput } from '../../testing/formula.ts';
import { recognise } from './recognise.ts';
import { deviation, runtime } from './testing/compare.ts';

const image = () => input('x', 'float32', ['N', 4, 6]);
const ROOT = Math.SQRT1_2;
const TANH = Math.sqrt(2 / Math.PI);
const vector = (name: string, size = 6) => constant(formulaInput(name, [size]));

/** The operators left after recognition, having checked that the function is still the same. */
async function left(make: (x: Value) => Value): Promise<string[]> {
  const before = make(image());
  const after = recognise([before]).get(before)!;
  const feeds = { x: formulaInput('x', [2, 4, 6]) };
  feeds.x.data.forEach((v, i) => {
    feeds.x.data[i] = 4 * v;
  });
  const outputs = [];
  for (const y of [before, after]) {
    const program = await compile(runtime, graph({ y }), { optimize: 'none', target: 'standard' });
    outputs.push((await program.run(feeds)).y!);
    await program.close();
  }
  expect(deviation(outputs[1]!, outputs[0]!)).toBeLessThan(3e-6);
  return graph({ after }).nodes.map((n) => n.op);
}

const mean = (x: Value) => reduceMean(x, [-1]);
const centred = (x: Value) => sub(x, mean(x));
const variance = (d: Value) => mean(mul(d, d));

describe('written-out functions', () => {
  it.each<[string, string, (x: Value) => Value]>([
    ['as PyTorch writes it', 'Gelu', (x) => mul(mul(x, add(erf(div(x, Math.SQRT2)), 1)), 0.5)],
    ['half first', 'Gelu', (x) => mul(mul(0.5, x), add(1, erf(mul(x, ROOT))))],
    ['as we lower it', 'Gelu', (x) => mul(x, add(mul(erf(mul(x, ROOT)), 0.5), 0.5))],
    ['by the complement', 'Gelu', (x) => mul(mul(0.5, x), sub(1, erf(mul(neg(x), ROOT))))],
    [
      'by tanh, with a power',
      'Gelu',
      (x) => mul(mul(x, 0.5), add(1, tanh(mul(TANH, add(x, mul(0.044715, pow(x, 3))))))),
    ],
    [
      'by tanh, as we lower it',
      'Gelu',
      (x) => mul(x, mul(add(tanh(mul(x, add(mul(mul(x, x), TANH * 0.044715), TANH))), 1), 0.5)),
    ],
    ['', 'Swish', (x) => mul(x, sigmoid(x))],
    ['the other way round', 'Swish', (x) => mul(sigmoid(x), x)],
    ['with a factor', 'Swish', (x) => mul(x, sigmoid(mul(x, 1.702)))],
    ['by clipping', 'HardSwish', (x) => div(mul(x, clip(add(x, 3), 0, 6)), 6)],
    ['by clipping, divided first', 'HardSwish', (x) => mul(x, div(clip(add(x, 3), 0, 6), 6))],
    ['by hard sigmoid', 'HardSwish', (x) => mul(x, hardSigmoid(x))],
    ['by clipping', 'HardSigmoid', (x) => div(clip(add(3, x), 0, 6), 6)],
    ['by clipping, multiplied', 'HardSigmoid', (x) => mul(clip(add(x, 3), 0, 6), 1 / 6)],
    ['', 'Mish', (x) => mul(x, tanh(softplus(x)))],
    [
      'as PyTorch writes it',
      'LayerNormalization',
      (x) => {
        const d = centred(x);
        return add(mul(div(d, sqrt(add(mean(pow(d, 2)), 1e-5))), vector('w')), vector('b'));
      },
    ],
    ['without scale and bias', 'LayerNormalization', (x) => div(centred(x), sqrt(add(variance(centred(x)), 1e-3)))],
    [
      'with a scale alone',
      'LayerNormalization',
      (x) => mul(vector('w'), mul(centred(x), reciprocal(sqrt(add(variance(centred(x)), 1e-5))))),
    ],
    [
      'with the power −½',
      'LayerNormalization',
      (x) => add(vector('b'), mul(mul(centred(x), pow(add(variance(centred(x)), 1e-5), -0.5)), vector('w'))),
    ],
    [
      'as one operator and a bias',
      'LayerNormalization',
      (x) => add(apply1('LayerNormalization', [x, vector('w')], { axis: -1 }), vector('b')),
    ],
  ])('%s are taken as %s (%#)', async (_, op, make) => {
    expect(await left(make)).toEqual([op]);
  });

  it('RMS normalisation, and group normalisation', async () => {
    // RMSNormalization is newer than what we print, so it is lowered again for the comparison.
    const rms = (x: Value) => mul(mul(x, reciprocal(sqrt(add(mean(mul(x, x)), 1e-5)))), vector('w'));
    expect(await left(rms)).toEqual(['RMSNormalization']);
    const group = (x: Value) => {
      const apart = reshape(x, ['N', 2, 12]);
      const [ones, zeros] = [constant(f32([2], [1, 1])), constant(f32([2]))];
      const normal = reshape(apply1('InstanceNormalization', [apart, ones, zeros], { epsilon: 0.01 }), ['N', 4, 6]);
      const channel = (name: string) => constant(formulaInput(name, [4, 1]));
      return add(mul(normal, channel('w')), channel('b'));
    };
    expect(await left(group)).toContain('GroupNormalization');
  });

  it.each<[string, string, (x: Value) => Value]>([
    ['plainly', 'Softmax', (x) => div(exp(x), reduceSum(exp(x), [-1]))],
    ['the largest taken off', 'Softmax', (x) => ((e) => div(e, reduceSum(e, [1])))(exp(sub(x, reduceMax(x, [1]))))],
    ['by the inverse', 'Softmax', (x) => ((e) => mul(reciprocal(reduceSum(e, [2])), e))(exp(x))],
    ['between transposes', 'Softmax', (x) => transpose(softmax(transpose(x, [2, 0, 1]), 0), [1, 2, 0])],
    ['as a logarithm', 'LogSoftmax', (x) => log(div(exp(x), reduceSum(exp(x), [-1])))],
    ['as a difference', 'LogSoftmax', (x) => ((z) => sub(z, log(reduceSum(exp(z), [1]))))(sub(x, reduceMax(x, [1])))],
  ])('softmax, %s: %s', async (_, op, make) => {
    expect(await left(make)).toEqual([op]);
  });

  it('layers around them: x may be a sum, a product, a power', async () => {
    const ops = await left((x) => {
      const y = add(mul(x, vector('a')), vector('b'));
      return add(mul(mul(y, 0.5), add(erf(div(y, Math.SQRT2)), 1)), mul(pow(x, 2), sigmoid(pow(x, 2))));
    });
    expect(ops.filter((op) => op === 'Gelu' || op === 'Swish').sort()).toEqual(['Gelu', 'Swish']);
  });

  it('steps that come to nothing are left out', async () => {
    expect(await left((x) => relu(transpose(transpose(x, [0, 2, 1]), [0, 2, 1])))).toEqual(['Relu']);
    expect(await left((x) => transpose(transpose(x, [1, 2, 0]), [1, 2, 0]))).toEqual(['Transpose']);
    expect(await left((x) => relu(reshape(reshape(reshape(x, ['N', 24]), ['24*N']), ['N', 4, 6])))).toEqual(['Relu']);
    expect(await left((x) => relu(div(add(mul(x, 1), 0), 1)))).toEqual(['Relu']);
  });
});

describe('what only looks like it', () => {
  it.each<[string, (x: Value) => Value]>([
    ['GELU with another root', (x) => mul(mul(x, add(erf(div(x, 1.5)), 1)), 0.5)],
    ['GELU without the half', (x) => mul(x, add(erf(div(x, Math.SQRT2)), 1))],
    ['tanh GELU with another cubic', (x) => mul(mul(x, 0.5), add(1, tanh(mul(TANH, add(x, mul(0.05, pow(x, 3)))))))],
    ['a gate of another value', (x) => mul(x, sigmoid(mul(x, vector('a'))))],
    ['hard swish up to 5', (x) => div(mul(x, clip(add(x, 3), 0, 5)), 6)],
    ['hard sigmoid with ONNX’s default slope', (x) => mul(x, apply1('HardSigmoid', [x]))],
    [
      'a mean over other axes',
      (x) => div(sub(x, reduceMean(x, [1])), sqrt(add(reduceMean(pow(sub(x, reduceMean(x, [1])), 2), [1]), 1e-5))),
    ],
    ['a mean that is not of the same values', (x) => div(sub(x, mean(relu(x))), sqrt(add(variance(centred(x)), 1e-5)))],
    ['a product that broadcasts', (x) => add(x, constant(f32([2, 1, 1, 1], [0, 0])))],
    ['a share of another sum', (x) => div(exp(x), reduceSum(exp(mul(x, 2)), [-1]))],
    ['a share of all', (x) => div(exp(x), reduceSum(exp(x), [1, 2]))],
    ['a softmax between other transposes', (x) => transpose(softmax(transpose(x, [1, 2, 0]), 0), [1, 2, 0])],
  ])('%s stays as it is', async (_, make) => {
    const ops = graph({ y: make(image()) }).nodes.map((n) => n.op);
    const shared = new Set(await left(make));
    for (const op of shared) expect(ops).toContain(op);
  });

  it('random arithmetic keeps its value', async () => {
    type Tree = { op: string; a: Tree; b: Tree } | { leaf: number };
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.record({ leaf: fc.constantFrom(0, 0, 0, 0.5, 1, 3, 6, 0.044715, ROOT, 1 / 6) }),
        fc.record({
          op: fc.constantFrom('add', 'mul', 'div', 'sigmoid', 'erf', 'clip', 'sub', 'gate', 'bell'),
          a: tie('tree'),
          b: tie('tree'),
        }),
      ),
    }));
    const build = (t: Tree, x: Value): Value => {
      if ('leaf' in t) return t.leaf === 0 ? x : constant(f32([], [t.leaf]));
      const [a, b] = [build(t.a, x), build(t.b, x)];
      if (t.op === 'clip') return clip(a, 0, 6);
      if (t.op === 'sigmoid' || t.op === 'erf') return { sigmoid, erf }[t.op](a);
      // Close to SiLU and GELU, and sometimes just that.
      if (t.op === 'gate') return mul(a, sigmoid('leaf' in t.b && t.b.leaf > 0 ? mul(a, t.b.leaf) : b));
      if (t.op === 'bell') return mul(mul(a, 0.5), add(erf(mul(a, 'leaf' in t.b ? t.b.leaf : ROOT)), 1));
      return { add, mul, sub, div: (p: Value, q: Value) => div(p, add(mul(q, q), 1)) }[t.op as 'add'](a, b);
    };
    let recognised = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 30, maxLength: 30 }), async (trees) => {
        const x = image();
        const before = trees.map((t) => add(mul(x, 0), build(t, x)));
        const map = recognise(before);
        const pairs = before.flatMap((v, i): [string, Value][] => [
          [`a${i}`, v],
          [`b${i}`, map.get(v)!],
        ]);
        const g = graph(new Map(pairs));
        recognised += g.nodes.filter((n) => ['Gelu', 'Swish', 'HardSwish', 'HardSigmoid'].includes(n.op)).length;
        const program = await compile(runtime, g, { optimize: 'none' });
        const out = await program.run({ x: formulaInput('x', [1, 4, 6]) });
        await program.close();
        before.forEach((_, i) => {
          expect(deviation(out[`b${i}`]!, out[`a${i}`]!)).toBeLessThan(1e-5);
        });
      }),
      { seed: 4, numRuns: 20 },
    );
    expect(recognised).toBeGreaterThan(5);
  });

  it('constants of whole numbers are no activations', () => {
    const x = input('n', 'int64', [4]);
    const y = apply1('Mul', [x, constant(i64([], [1]))]);
    expect(recognise([y]).get(y)).toBe(x);
  });
});
