import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../base/tensor.ts';
import { formulaInput } from '../testing/formula.ts';
import {
  attentionBiases,
  type Grid,
  gridEmbedding,
  positionEmbedding,
  relativePositionTable,
  strided,
} from './resample.ts';

/** Recorded by reference/weights/resample.py. */
interface Case {
  readonly kind: keyof typeof kinds;
  readonly options: { readonly prefix?: number };
  readonly size: Grid;
  readonly stored: readonly number[];
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const kinds = {
  positionEmbedding: ({ prefix }: Case['options']) => positionEmbedding({ prefix }),
  gridEmbedding: () => gridEmbedding,
  relativePositionTable: () => relativePositionTable(),
  attentionBiases: () => attentionBiases(),
};

const cases = JSON.parse(readFileSync(new URL('fixtures/resample.json', import.meta.url), 'utf8')) as Case[];

describe('learned grids at another input size are those of timm', () => {
  it.each(cases.map((c) => [`${c.kind} [${c.stored}] → [${c.shape}]`, c] as const))('%s', (_, c) => {
    const resized = kinds[c.kind](c.options)(formulaInput('stored', c.stored), c.shape, c.size);
    expect(resized?.shape).toEqual(c.shape);
    const worst = c.values.reduce((most, v, i) => Math.max(most, Math.abs(v - resized!.data[i]!)), 0);
    expect(worst).toBeLessThan(2e-6);
  });

  it('and leave the stored values alone', () => {
    const stored = formulaInput('stored', [1, 17, 3]);
    const before = stored.data.slice();
    positionEmbedding({ prefix: 1 })(stored, [1, 65, 3], [128, 128]);
    expect(stored.data).toEqual(before);
  });
});

describe('what cannot be resized', () => {
  const at = (resize: ReturnType<typeof positionEmbedding>, from: number[], to: number[]): Tensor | undefined =>
    resize(f32(from), to, [224, 224]);
  it.each<[string, Tensor | undefined]>([
    ['another width', at(positionEmbedding(), [1, 49, 4], [1, 196, 8])],
    ['another rank', at(positionEmbedding(), [49, 4], [1, 196, 4])],
    ['a stored grid that is not square', at(positionEmbedding(), [1, 48, 4], [1, 196, 4])],
    ['fewer tokens than the prefix', at(positionEmbedding({ prefix: 2 }), [1, 1, 4], [1, 198, 4])],
    ['a target that is no grid of the input', at(positionEmbedding(), [1, 49, 4], [1, 195, 4])],
    ['other channels of a picture', at(gridEmbedding, [1, 4, 7, 7], [1, 8, 7, 7])],
    ['other heads', at(relativePositionTable(), [169, 3], [729, 6])],
    ['a table of no window', at(relativePositionTable(), [169, 3], [728, 3])],
    ['other heads of attention biases', at(attentionBiases(), [4, 49], [8, 196])],
  ])('%s', (_, resized) => expect(resized).toBeUndefined());
});

it('grids of strides round either way', () => {
  expect(strided(16, 32)([224, 200])).toEqual([
    [14, 13],
    [14, 12],
    [7, 7],
    [7, 6],
  ]);
});
