import { describe, expect, it } from 'vitest';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { testDenoiserParity } from '../../testing/denoiser-parity.ts';
import { createDenoiser, denoiserPicture } from '../denoisers.ts';
import { ditVariants } from './config.ts';

/** Against the official models.py (reference/generate/record.py). */
testDenoiserParity(new URL('fixtures/', import.meta.url));

/** Of the paper's table 4, which counts another prediction (`learn_sigma`) and, as GFLOPs, multiply-adds. */
const published = [
  ['dit-s-8', 33, 0.36],
  ['dit-s-4', 33, 1.41],
  ['dit-s-2', 33, 6.06],
  ['dit-b-8', 131, 1.42],
  ['dit-b-4', 130, 5.56],
  ['dit-b-2', 130, 23.01],
  ['dit-l-8', 459, 5.01],
  ['dit-l-4', 458, 19.7],
  ['dit-l-2', 458, 80.71],
  ['dit-xl-8', 676, 7.39],
  ['dit-xl-4', 675, 29.05],
  ['dit-xl-2', 675, 118.64],
] as const;

const costOf = (name: string, size: number, channels = 3, classes = 7) => {
  const { logits } = createDenoiser(name, { size, channels, classes });
  return graphCost(graph({ logits }), { N: 1 });
};

describe('dit', () => {
  it.each(published)(
    '%s has the size of the formula on latents of 32 × 32 × 4, and the published one',
    (name, millions, giga) => {
      const { parameters, macs } = costOf(name, 32, 4, 1000);
      const { width: d, depth, patch = 2 } = ditVariants[name]!;
      const [cell, tokens] = [4 * patch ** 2, (32 / patch) ** 2];
      const told = 257 * d + d * (d + 1) + 1001 * d;
      const ends = (cell + 1) * d + 2 * d * (d + 1) + (d + 1) * cell;
      expect(parameters).toBe(told + depth * (18 * d * d + 15 * d) + ends);
      expect(Math.abs(parameters / 1e6 - millions)).toBeLessThan(0.8);
      const block = 12 * d * d * tokens + 2 * tokens ** 2 * d + 6 * d * d;
      expect(macs).toBe(256 * d + d * d + depth * block + 2 * cell * d * tokens + 2 * d * d);
      expect(Math.abs(macs / 1e9 / giga - 1)).toBeLessThan(0.015);
    },
  );

  // Counted in the official code, `learn_sigma` off, without the fixed positions.
  it.each([
    ['dit-s-2', 32_858_896],
    ['dit-b-4', 130_377_280],
    ['dit-xl-2', 674_816_272],
  ])('%s has the parameters of the official one', (name, parameters) => {
    expect(costOf(name, 32, 4, 1000).parameters).toBe(parameters);
  });

  it('has a small one with the work of ascan-unet-nano without its block on single pixels at 48 pixels, and at 32 nearly', () => {
    const coarse = (size: number) =>
      graphCost(graph({ logits: createDenoiser('ascan-unet-nano', { size, classes: 10 }, { fine: 0 }).logits }), {
        N: 1,
      });
    const ratio = (size: number) => costOf('dit-nano', size).macs / coarse(size).macs;
    expect(Math.abs(ratio(48) - 1)).toBeLessThan(0.05);
    expect(Math.abs(ratio(32) - 1)).toBeLessThan(0.25);
  });

  it('begins as the official code does', () => {
    const { logits } = createDenoiser('dit-nano', { size: 32, classes: 2 });
    const first = initialValues(graph({ logits }), 3);
    const largest = (name: string) => Math.max(...first.get(name)!.data.map(Math.abs));
    const glorot = (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs));
    for (const [name, bound] of [
      ['x_embedder.proj.weight', glorot(48, 64)],
      ['blocks.1.attn.qkv.weight', glorot(64, 192)],
      ['blocks.1.attn.proj.weight', glorot(64, 64)],
      ['blocks.1.mlp.fc2.weight', glorot(256, 64)],
    ] as const) {
      expect(largest(name) / bound, name).toBeCloseTo(1, 2);
    }
    for (const name of ['blocks.0.adaLN_modulation.1', 'final_layer.adaLN_modulation.1', 'final_layer.linear']) {
      expect([largest(`${name}.weight`), largest(`${name}.bias`)]).toEqual([0, 0]);
    }
  });

  it('takes pictures that are no squares', () => {
    const { logits } = createDenoiser('dit-nano', { size: [16, 32], classes: 2 });
    expect(logits.type.shape).toEqual(['N', 3, 16, 32]);
  });

  it('says what does not fit', () => {
    expect(() => createDenoiser('dit-s-4', { size: 30 })).toThrow(/multiples of 4, got 30×30/);
    expect(() => createDenoiser('dit-s-3')).toThrow(/did you mean 'dit-s-[248]'/);
    expect(() => createDenoiser('dit-s-2', {}, { heads: 5 })).toThrow(/384 does not divide into 5 heads/);
    expect(denoiserPicture('dit-micro')).toBe('4×4 │ ◈◈◈◈◈◈ 128');
  });
});
