import { describe, expect, it } from 'vitest';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { testDenoiserParity } from '../../testing/denoiser-parity.ts';
import { createDenoiser, denoiserPicture } from '../denoisers.ts';

/** Against the official models.py (reference/generate/record.py). */
testDenoiserParity(new URL('fixtures/', import.meta.url));

describe('dit', () => {
  // Counted in the official code, `learn_sigma` off, without the fixed positions.
  it.each([
    ['dit-s-2', 32_858_896],
    ['dit-b-4', 130_377_280],
    ['dit-xl-2', 674_816_272],
  ])('%s has the parameters of the official one on latents of 32 × 32 × 4', (name, parameters) => {
    const { logits } = createDenoiser(name, { size: 32, channels: 4, classes: 1000 });
    expect(graphCost(graph({ logits }), { N: 1 }).parameters).toBe(parameters);
  });

  it('says what does not fit', () => {
    expect(() => createDenoiser('dit-s-4', { size: 30 })).toThrow(/multiples of 4, got 30×30/);
    expect(() => createDenoiser('dit-s-3')).toThrow(/did you mean 'dit-s-[24]'/);
    expect(() => createDenoiser('dit-s-2', {}, { heads: 5 })).toThrow(/384 does not divide into 5 heads/);
    expect(denoiserPicture('dit-micro')).toBe('4×4 │ ◈◈◈◈◈◈ 128');
  });
});
