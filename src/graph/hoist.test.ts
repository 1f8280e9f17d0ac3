import { expect, it } from 'vitest';
import { f32, type Tensor, toNumbers } from '../base/tensor.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { add, matmul, mul, reduceMean, relu, reshape, silu, split, transpose } from './build.ts';
import { graph, nameOf } from './graph.ts';
import { type Hoisted, hoist } from './hoist.ts';
import { input, param, type Value } from './value.ts';

const x = input('x', 'float32', ['N', 2, 3]);
const told = input('told', 'float32', ['N', 4]);
const mask = input('mask', 'float32', ['N', 1, 1]);
const weight = param('w', [4, 10], { kind: 'constant', value: 0.1 });
const values = new Map<string, Tensor<'float32'>>([
  [
    'w',
    f32(
      [4, 10],
      Array.from({ length: 40 }, (_, i) => Math.sin(i)),
    ),
  ],
]);
const names = (of: readonly Value[]) => of.map((v) => nameOf(v));
const carriedIn = ({ first }: Hoisted) => [...first.outputs.keys()];

/** Scales and shifts of two blocks, rows in one, columns in the other, and a table that has no form in common with them. */
function blocks(): Value {
  const [a, b, c] = split(silu(matmul(told, weight)), [2, 2, 6], 1);
  const [rows, more] = [reshape(a!, ['N', 2, 1]), reshape(b!, ['N', 2, 1])];
  const table = transpose(reshape(c!, ['N', 3, 2]), [0, 2, 1]);
  return mul(add(mul(add(mul(x, rows), table), mask), more), relu(rows));
}

it('computes the same in two, the first part for many rows at once', async () => {
  const y = blocks();
  const g = graph({ y });
  const parts = hoist(g, 'x')!;
  expect(names(parts.first.inputs)).toEqual(['told']);
  expect(new Set(names(parts.rest.inputs))).toEqual(new Set(['x', 'mask', ...carriedIn(parts)]));
  // Rows that are scaled by, added, and their ReLU: one form, and the table another.
  expect(carriedIn(parts)).toHaveLength(2);
  expect(parts.rest.nodes.map((n) => n.op)).not.toContain('MatMul');
  const runtime = await nativeRuntime({ threads: 1 });
  const load = (of: typeof g) => compile(runtime, of, { constants: values, target: 'standard' });
  const [whole, first, rest] = [await load(g), await load(parts.first), await load(parts.rest)];
  const of = (shape: number[], k: number) =>
    f32(
      shape,
      Array.from({ length: shape.reduce((p, q) => p * q) }, (_, i) => Math.cos(k * i + 1)),
    );
  const feeds = { x: of([3, 2, 3], 1), told: of([3, 4], 2), mask: of([3, 1, 1], 3) };
  const carried = await first.run({ told: feeds.told });
  const twice = await rest.run({ x: feeds.x, mask: feeds.mask, ...carried });
  expect(toNumbers(twice.y!)).toEqual(toNumbers((await whole.run(feeds)).y!));
  for (const p of [whole, first, rest]) await p.close();
});

it('leaves a graph whole in which everything depends on the input that changes', () => {
  expect(hoist(graph({ y: relu(add(x, mask)) }), 'x')).toBeUndefined();
});

it('carries no value without a row for each: both parts compute it', async () => {
  const all = reduceMean(told, [0], true);
  const g = graph({ y: add(mul(x, reshape(relu(mask), ['N', 1, 1])), reshape(matmul(all, weight), [10, 1, 1, 1])) });
  const parts = hoist(g, 'x')!;
  expect(names(parts.first.inputs)).toEqual(['mask']);
  expect(new Set(names(parts.rest.inputs))).toEqual(new Set(['x', 'told', ...carriedIn(parts)]));
});
