import { expect, it } from 'vitest';
import { add, matmul, relu } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { input, param } from '../graph/value.ts';
import { createModel } from '../models/registry.ts';
import { zeros } from '../nn/init.ts';
import { memoryOf } from './memory-of.ts';

it('a network takes its numbers and the most of its values at once', () => {
  const x = input('image', 'float32', ['N', 100]);
  const W = param('W', [100, 100], zeros);
  const h = matmul(x, W);
  // h is needed until the sum, and what relu gives lies beside it.
  const g = graph({ y: add(relu(h), h) });
  expect(memoryOf(g)).toBe(4 * 100 * 100 + 2 * 4 * 100);
});

it('a larger picture takes more of it, more channels too', () => {
  const of = (size: number, overrides = {}) =>
    memoryOf(graph({ logits: createModel('ascan-micro', { size, classes: 3 }, overrides).logits }));
  expect(of(128)).toBeGreaterThan(of(64));
  expect(of(64, { expand: 6 })).toBeGreaterThan(of(64));
});
