import { describe, expect, it } from 'vitest';
import { adaptiveAveragePool } from '../blocks/adaptive-pool.ts';
import { conv2d } from '../nn/layers.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import { formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import { add, relu } from './build.ts';
import { foldPooledConv } from './fold-pooled-conv.ts';
import { type Graph, graph } from './graph.ts';
import { apply1 } from './op.ts';
import { input, type Value } from './value.ts';

const at = (make: (s: Scope, x: Value) => Value, side: readonly [number, number] = [28, 21]) =>
  graph({ y: make(rootScope(), input('x', 'float32', ['N', 6, ...side])) });
const pool = (x: Value, window = [7, 7]) => apply1('AveragePool', [x], { kernel_shape: window, strides: window });
const depthwise = (s: Scope, x: Value, kernel = 7) => conv2d(s, x, 6, { kernel, group: 6, bias: true });
const count = (g: Graph, op: string) => g.nodes.filter((n) => n.op === op).length;

describe('foldPooledConv', () => {
  const cases: Record<string, () => Graph> = {
    'a depthwise convolution': () => at((s, x) => pool(depthwise(s, x))),
    'one whose input is added': () => at((s, x) => pool(add(depthwise(s, x), x))),
    'one that is added to its input': () => at((s, x) => pool(add(x, depthwise(s, x, 3)))),
    'windows of another shape': () => at((s, x) => pool(depthwise(s, x, 5), [4, 3])),
    'windows that leave pixels over': () => at((s, x) => pool(add(depthwise(s, x, 3), x), [5, 4])),
    'without bias': () => at((s, x) => pool(conv2d(s, x, 6, { group: 6 }))),
  };

  it.each(Object.entries(cases))('makes one convolution of %s, with the same numbers', async (_, make) => {
    const g = make();
    const weights = formulaWeights(g);
    const folded = foldPooledConv(g, weights);
    expect([count(folded.graph, 'Conv'), count(folded.graph, 'AveragePool'), count(folded.graph, 'Add')]).toEqual([
      1, 0, 0,
    ]);
    expect(folded.graph.outputs.get('y')!.type).toEqual(g.outputs.get('y')!.type);
    expect(await differenceBetween([g, weights], [folded.graph, folded.weights])).toBeLessThan(2e-6);
  });

  const kept: Record<string, () => Graph> = {
    'something between': () => at((s, x) => pool(relu(depthwise(s, x)))),
    'windows that overlap': () =>
      at((s, x) => apply1('AveragePool', [depthwise(s, x)], { kernel_shape: [3, 3], strides: [2, 2] })),
    'windows over padding': () =>
      at((s, x) =>
        apply1('AveragePool', [depthwise(s, x)], { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1] }),
      ),
    'a convolution across channels': () => at((s, x) => pool(conv2d(s, x, 6))),
    'a convolution that others read': () =>
      at((s, x) => {
        const y = depthwise(s, x);
        return add(pool(y), apply1('MaxPool', [y], { kernel_shape: [7, 7], strides: [7, 7] }));
      }),
    'a sum with something else': () => at((s, x) => pool(add(depthwise(s, x), relu(x)))),
    'adaptive windows': () => at((s, x) => adaptiveAveragePool(depthwise(s, x), [5, 5])),
  };

  it.each(Object.entries(kept))('leaves %s alone', async (_, make) => {
    const g = make();
    const weights = formulaWeights(g);
    const folded = foldPooledConv(g, weights);
    expect(folded.graph.nodes.map((n) => n.op)).toEqual(g.nodes.map((n) => n.op));
    expect(await differenceBetween([g, weights], [folded.graph, folded.weights])).toBe(0);
  });
});
