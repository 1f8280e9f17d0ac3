import { describe, expect, it } from 'vitest';
import { balanced, shuffled } from './order.ts';

describe('shuffled', () => {
  it('visits every item once, differently each epoch, the same again', () => {
    expect([...shuffled(50, 1, 0)].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(shuffled(50, 1, 3)).toEqual(shuffled(50, 1, 3));
    expect(shuffled(50, 1, 3)).not.toEqual(shuffled(50, 1, 4));
    expect(shuffled(50, 1, 3)).not.toEqual(shuffled(50, 2, 3));
  });
});

describe('balanced', () => {
  const labels = [...Array(40).fill(0), ...Array(7).fill(1), ...Array(3).fill(2)];

  it('draws every class equally often, to within one', () => {
    for (let epoch = 0; epoch < 5; epoch++) {
      const order = balanced(labels, 9, epoch);
      expect(order).toHaveLength(50);
      const counts = [0, 1, 2].map((c) => [...order].filter((i) => labels[i] === c).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('uses every item of a class equally often over the epochs', () => {
    const uses = new Array(50).fill(0);
    for (let epoch = 0; epoch < 12; epoch++) for (const i of balanced(labels, 9, epoch)) uses[i]++;
    // 12 epochs of 50 draws are 200 for each class.
    for (const c of [0, 1, 2]) {
      const own = uses.filter((_, i) => labels[i] === c);
      expect(own.reduce((a, b) => a + b)).toBe(200);
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
    }
  });

  it('can draw any epoch on its own', () => {
    expect(balanced(labels, 9, 7)).toEqual(balanced(labels, 9, 7));
    expect(balanced(labels, 9, 7)).not.toEqual(balanced(labels, 9, 8));
  });
});
