import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { add, matmul, mul } from './build.ts';
import { graph, nameOf } from './graph.ts';
import { mergeGraphs, type Part } from './merge.ts';
import { constant, input, param } from './value.ts';

const zero = { kind: 'constant', value: 0 } as const;

/** x · backbone, times a constant, then + head; the head's numbers are the part's own. */
function part(name: string, head: number, backbone = 1): Part {
  const x = input('image', 'float32', ['N', 2]);
  const w = param('stem.weight', [2, 2], zero);
  const b = param('head.bias', [2], zero);
  const map = mul(matmul(x, w), constant(f32([1], [2])));
  const constants = new Map([
    ['stem.weight', f32([2, 2], [backbone, 0, 0, 1])],
    ['head.bias', f32([2], [head, head])],
  ]);
  return { name, graph: graph({ logits: add(map, b) }), constants };
}

describe('mergeGraphs', () => {
  it('computes once what has the same weights, and keeps the rest apart', () => {
    const { graph: g, constants, users } = mergeGraphs([part('a', 1), part('b', 2)], 'both');
    expect([...g.outputs.keys()]).toEqual(['a/logits', 'b/logits']);
    expect(g.nodes.map((n) => [n.op, users.get(n)])).toEqual([
      ['MatMul', 2],
      ['Mul', 2],
      ['Add', 1],
      ['Add', 1],
    ]);
    expect(g.params.map(nameOf).sort()).toEqual(['a/head.bias', 'b/head.bias', 'stem.weight']);
    expect(constants.get('b/head.bias')!.data).toEqual(Float32Array.of(2, 2));
    expect(g.inputs).toHaveLength(1);
  });

  it('shares nothing where the first weights differ, in the sign of a zero too', () => {
    const other = part('b', 1);
    const signed = new Map(other.constants).set('stem.weight', f32([2, 2], [1, -0, 0, 1]));
    const { graph: g, users } = mergeGraphs([part('a', 1), { ...other, constants: signed }], 'both');
    expect(g.nodes).toHaveLength(6);
    expect([...users.values()]).toEqual([1, 1, 1, 1, 1, 1]);
    // Two heads that happen to be equal are one tensor.
    expect(g.params.map(nameOf).sort()).toEqual(['a/stem.weight', 'b/stem.weight', 'head.bias']);
  });

  it('names apart what two groups of parts share under one name', () => {
    const parts = [part('a', 1), part('b', 2), part('c', 3, 7), part('d', 4, 7)];
    const { graph: g } = mergeGraphs(parts, 'four');
    expect(g.params.map((p) => nameOf(p)!).filter((n) => /stem/.test(n))).toEqual(['stem.weight', 'stem.weight.2']);
  });
});
