import { expect, it } from 'vitest';
import { add, mul, relu } from './build.ts';
import { frontier } from './frontier.ts';
import { input, param } from './value.ts';

const x = input('x', 'float32', [2]);
const y = input('y', 'float32', [2]);
const w = param('w', [2], { kind: 'constant', value: 1 });

it('is what was computed and is still read, once each, in order', () => {
  const a = mul(x, w);
  const b = relu(a);
  const inner = relu(mul(b, w));
  const rest = [add(add(b, a), w), mul(a, w)];
  expect(frontier([b, inner], rest)).toEqual([a, b]);
});

it('holds the inputs that only the rest reads, and no parameters', () => {
  const a = mul(x, w);
  expect(frontier([a], [mul(y, w)])).toEqual([y]);
  expect(frontier([a], [])).toEqual([]);
});

it('is the output itself where the rest is nothing more', () => {
  const a = mul(x, w);
  expect(frontier([a], [a])).toEqual([a]);
});
