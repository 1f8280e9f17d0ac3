import { describe, expect, it } from 'vitest';
import { withoutPrefixes } from './prefix.ts';

const known = new Set(['stem.weight', 'head.weight', 'model.weight']);
const strip = (...names: string[]) => {
  const { tensors, prefixes } = withoutPrefixes(new Map(names.map((n) => [n, n])), known);
  return { prefixes, names: Object.fromEntries(tensors) };
};

describe('withoutPrefixes', () => {
  it('leaves known names alone', () => {
    expect(strip('stem.weight', 'model.weight')).toEqual({
      prefixes: [],
      names: { 'stem.weight': 'stem.weight', 'model.weight': 'model.weight' },
    });
  });

  it('takes off what a wrapper put before all names or some', () => {
    expect(strip('module.stem.weight', 'module.head.weight').prefixes).toEqual(['module.']);
    expect(strip('backbone.stem.weight', 'head.weight').names).toEqual({
      'stem.weight': 'backbone.stem.weight',
      'head.weight': 'head.weight',
    });
  });

  it('takes off two, whichever is outside', () => {
    expect(strip('module.model.stem.weight')).toEqual({
      prefixes: ['module.', 'model.'],
      names: { 'stem.weight': 'module.model.stem.weight' },
    });
    expect(strip('model.model.weight').names).toEqual({ 'model.weight': 'model.model.weight' });
  });

  it('never lets two tensors have one name', () => {
    expect(strip('stem.weight', 'model.stem.weight', 'model.head.weight').names).toEqual({
      'stem.weight': 'stem.weight',
      'model.stem.weight': 'model.stem.weight',
      'head.weight': 'model.head.weight',
    });
  });

  it('takes nothing off names that stay unknown', () => {
    expect(strip('module.other.weight').prefixes).toEqual([]);
  });
});
