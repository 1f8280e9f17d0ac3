import { expect, it } from 'vitest';
import { choicesOf, keyOf } from '../../src/search/space.ts';
import { area, hypervolumes, known } from './objective.ts';
import { spearman } from './rank.ts';
import { generatorAlone, withInquisitor } from './replay.ts';
import { inOrder, space } from './space.ts';
import type { Row } from './table.ts';

it('the area between a front and the worst corner', () => {
  const worst = { accuracy: 0, ms: 10 };
  expect(area([{ accuracy: 1, ms: 0 }], worst)).toBe(10);
  const front = [
    { accuracy: 0.5, ms: 2 },
    { accuracy: 0.8, ms: 6 },
  ];
  // 0.5 × 8, and 0.3 × 4 above it; what is beaten adds nothing, nor what is no better than the corner.
  expect(area(front, worst)).toBeCloseTo(5.2, 9);
  expect(area([...front, { accuracy: 0.4, ms: 5 }, { accuracy: 0.9, ms: 10 }], worst)).toBeCloseTo(5.2, 9);
});

it('ranks: equal values share theirs', () => {
  expect(spearman([1, 2, 3], [10, 20, 15])).toBeCloseTo(0.5, 9);
  expect(spearman([1, 1, 2], [3, 3, 9])).toBeCloseTo(1, 9);
  expect(spearman([1, 2, 3, 4], [9, 7, 5, 1])).toBeCloseTo(-1, 9);
});

/** A made-up truth: each value is worth something and costs something. */
const rows: Row[] = inOrder().map((design) => ({
  design: [...design],
  seed: 0,
  val: [0.5 + 0.02 * design.reduce((s, v, i) => s + v * ((i % 3) + 1), 0)],
  test: 0.5 + 0.02 * design.reduce((s, v, i) => s + v * ((i % 3) + 1), 0),
  valImages: 10,
  testImages: 10,
  parameters: 1e5,
  macs: 1e6 * (1 + design.reduce((a, b) => a + b, 0)),
  ms: 1 + design.reduce((s, v, i) => s + v * (((i + 1) % 3) + 1), 0),
  gradientNorm: 0,
  snip: 0,
  synflow: 0,
  processor: 1,
}));

it.each([
  ['a generator', generatorAlone('tpe')],
  ['with the inquisitor', withInquisitor('learned')],
])('a replay asks for each design once, for all of them at last: %s', (_, searcher) => {
  // Of the whole table there are every third design's figures so far.
  const objective = known(rows.filter((_, i) => i % 3 === 0));
  const order = searcher(choicesOf(space), objective, 3, rows.length);
  expect(new Set(order.map(keyOf)).size).toBe(rows.length / 3);
  const volumes = hypervolumes(order, objective);
  expect(volumes.at(-1)).toBeCloseTo(1, 9);
  volumes.forEach((v, i) => {
    expect(v).toBeGreaterThanOrEqual(volumes[i - 1] ?? 0);
  });
});
