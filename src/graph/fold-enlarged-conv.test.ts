import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { resizeTo } from '../blocks/resize-to.ts';
import { conv2d } from '../nn/layers.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import { formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import { add, relu } from './build.ts';
import { foldEnlargedConv } from './fold-enlarged-conv.ts';
import { type Graph, graph } from './graph.ts';
import { apply1 } from './op.ts';
import { constant, input, type Value } from './value.ts';

const [HEIGHT, WIDTH] = [5, 7];
const at = (make: (s: Scope, x: Value) => Value) =>
  graph({ y: make(rootScope(), input('x', 'float32', ['N', 6, HEIGHT, WIDTH])) });
const twice = (x: Value) => resizeTo(x, [2 * HEIGHT, 2 * WIDTH], 'nearest');
const conv = (s: Scope, x: Value, options = {}) => conv2d(s, x, 4, { bias: true, ...options });
const count = (g: Graph, op: string) => g.nodes.filter((n) => n.op === op).length;
const byPlaces = (x: Value, nearest_mode: 'floor' | 'ceil', scale = 2) =>
  apply1('Resize', [x, undefined, constant(f32([4], [1, 1, scale, scale]))], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode,
  });

describe('foldEnlargedConv', () => {
  const cases: Record<string, () => Graph> = {
    'pixels repeated': () => at((s, x) => conv(s, twice(x))),
    'without bias': () => at((s, x) => conv2d(s, twice(x), 4)),
    'something before and behind': () => at((s, x) => relu(conv(s, twice(relu(x))))),
    'asked for in another way': () => at((s, x) => conv(s, byPlaces(x, 'floor'))),
  };

  it.each(Object.entries(cases))('makes one transposed convolution of %s, with the same numbers', async (_, make) => {
    const g = make();
    const weights = formulaWeights(g);
    const folded = foldEnlargedConv(g, weights);
    expect(['Resize', 'Conv', 'ConvTranspose'].map((op) => count(folded.graph, op))).toEqual([0, 0, 1]);
    expect(folded.graph.outputs.get('y')!.type).toEqual(g.outputs.get('y')!.type);
    expect(await differenceBetween([g, weights], [folded.graph, folded.weights])).toBeLessThan(2e-6);
  });

  const kept: Record<string, () => Graph> = {
    'linear enlarging': () => at((s, x) => conv(s, resizeTo(x, [2 * HEIGHT, 2 * WIDTH]))),
    'enlarging by another factor': () => at((s, x) => conv(s, resizeTo(x, [3 * HEIGHT, 2 * WIDTH], 'nearest'))),
    'a pixel of another place': () => at((s, x) => conv(s, byPlaces(x, 'ceil'))),
    'a scale that gives the same size of other pixels': () => at((s, x) => conv(s, byPlaces(x, 'floor', 2.1))),
    'another kernel': () => at((s, x) => conv(s, twice(x), { kernel: 1 })),
    strides: () => at((s, x) => conv(s, twice(x), { stride: 2 })),
    groups: () => at((s, x) => conv2d(s, twice(x), 6, { group: 6 })),
    'a large map that others read': () =>
      at((s, x) => {
        const large = twice(x);
        return add(conv2d(s, large, 6), large);
      }),
    'something between': () => at((s, x) => conv(s, relu(twice(x)))),
  };

  it.each(Object.entries(kept))('leaves %s alone', (_, make) => {
    const g = make();
    expect(count(foldEnlargedConv(g, formulaWeights(g)).graph, 'ConvTranspose')).toBe(0);
  });
});
