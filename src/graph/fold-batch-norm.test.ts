import { describe, expect, it } from 'vitest';
import { sizeOf } from '../base/tensor.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { batchNorm, conv2d, linear } from '../nn/layers.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import { add, convTranspose, matmul, relu, reshape } from './build.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { type Graph, graph, nameOf } from './graph.ts';
import { apply, apply1 } from './op.ts';
import { constant, input, param, type Value } from './value.ts';

const zero = { kind: 'constant', value: 0 } as const;

/** Largest difference between the outputs of a graph before and after, relative to their size. */
const difference = (g: Graph, folded: ReturnType<typeof foldBatchNorm>) =>
  differenceBetween([g, formulaWeights(g)], [folded.graph, folded.weights]);

const count = (g: Graph, op: string) => g.nodes.filter((n) => n.op === op).length;
const at = (make: (s: Scope, x: Value) => Value, shape: (string | number)[] = ['N', 6, 7, 7]) =>
  graph({ y: make(rootScope(), input('x', 'float32', shape)) });

const norm = (s: Scope, x: Value) => s.in('bn', (c) => batchNorm(c, x));

describe('foldBatchNorm', () => {
  const cases: Record<string, () => Graph> = {
    'Conv without bias': () => at((s, x) => norm(s, conv2d(s, x, 8, { stride: 2 }))),
    'Conv with bias': () => at((s, x) => norm(s, conv2d(s, x, 8, { bias: true }))),
    'Conv in groups': () => at((s, x) => norm(s, conv2d(s, x, 12, { group: 3, dilation: 2 }))),
    'depthwise Conv': () => at((s, x) => norm(s, conv2d(s, x, 6, { group: 6 }))),
    'a chain of two normalisations': () => at((s, x) => s.in('bn2', (c) => batchNorm(c, norm(s, conv2d(s, x, 8))))),
    ConvTranspose: () =>
      at((s, x) => norm(s, convTranspose(x, param('w', [6, 5, 3, 3], zero), undefined, { strides: [2, 2] }))),
    'ConvTranspose in groups with bias': () =>
      at((s, x) =>
        norm(s, convTranspose(x, param('w', [6, 4, 2, 3], zero), param('w.bias', [12], zero), { group: 3 })),
      ),
    'linear layer': () => at((s, x) => norm(s, linear(s, x, 9)), ['N', 6]),
    'Gemm without transposition or bias': () =>
      at((s, x) => norm(s, apply1('Gemm', [x, param('w', [6, 9], zero)])), ['N', 6]),
    'MatMul of rows': () => at((s, x) => norm(s, matmul(x, param('w', [6, 9], zero))), ['N', 6]),
    'a constant weight': () => at((s, x) => norm(s, apply1('Conv', [x, constant(formulaInput('w', [8, 6, 3, 3]))]))),
  };

  it.each(Object.entries(cases))('%s', async (_name, make) => {
    const g = make();
    const folded = foldBatchNorm(g, formulaWeights(g));
    expect(count(folded.graph, 'BatchNormalization')).toBe(0);
    expect(folded.folded).toBe(count(g, 'BatchNormalization'));
    expect(await difference(g, folded)).toBeLessThan(2e-6);
    for (const p of folded.graph.params)
      expect(folded.weights.get(nameOf(p)!)!.data.length).toBe(sizeOf(p.type.shape as number[]));
  });

  const left: Record<string, () => Graph> = {
    'the input is an image': () => at((s, x) => norm(s, x)),
    'something else comes before': () => at((s, x) => norm(s, relu(conv2d(s, x, 8)))),
    'others read the convolution': () =>
      at((s, x) => {
        const y = conv2d(s, x, 8);
        return add(norm(s, y), y);
      }),
    'the convolution is an output': () => {
      const s = rootScope();
      const y = conv2d(s, input('x', 'float32', ['N', 6, 7, 7]), 8);
      return graph({ y, z: norm(s, y) });
    },
    'a product of three-dimensional tokens': () =>
      at((s, x) => norm(s, matmul(reshape(x, ['N', 6, 49]), param('w', [49, 9], zero)))),
  };

  it.each(Object.entries(left))('leaves it where %s', async (_name, make) => {
    const g = make();
    const folded = foldBatchNorm(g, formulaWeights(g));
    expect(folded.folded).toBe(0);
    expect(count(folded.graph, 'BatchNormalization')).toBe(1);
    expect(await difference(g, folded)).toBe(0);
  });

  it('leaves batch statistics alone', () => {
    const g = at((s, x) => {
      const node = norm(s, conv2d(s, x, 8)).origin;
      if (node.kind !== 'node') throw new Error('a node was expected');
      return apply('BatchNormalization', node.node.inputs, { training_mode: 1 })[0]!;
    });
    expect(foldBatchNorm(g, formulaWeights(g)).folded).toBe(0);
  });

  it('copies a weight that two convolutions share', async () => {
    const g = at((s, x) => {
      const w = param('w', [6, 6, 3, 3], zero);
      const pads = [1, 1, 1, 1];
      const first = norm(s, apply1('Conv', [x, w], { pads }));
      return s.in('second', (c) => norm(c, apply1('Conv', [first, w], { pads })));
    });
    const folded = foldBatchNorm(g, formulaWeights(g));
    expect(folded.folded).toBe(2);
    expect(new Set(folded.graph.params).size).toBe(4);
    expect(await difference(g, folded)).toBeLessThan(2e-6);
  });

  it('takes every normalisation out of AsCAN and changes its logits by rounding only', async () => {
    const g = classifier(createModel('ascan-nano', { size: 64, classes: 10 }, { layout: 'C|CT|CT|CT' }));
    const folded = foldBatchNorm(g, formulaWeights(g));
    expect(folded.folded).toBe(count(g, 'BatchNormalization'));
    expect(folded.folded).toBeGreaterThan(10);
    expect(count(folded.graph, 'BatchNormalization')).toBe(0);
    expect([...folded.weights.keys()].some((name) => name.includes('running'))).toBe(false);
    expect(await difference(g, folded)).toBeLessThan(1e-5);
  });
});
