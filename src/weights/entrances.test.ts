import { describe, expect, it } from 'vitest';
import { graph } from '../graph/graph.ts';
import { createDenoiser } from '../models/denoisers.ts';
import { generate } from '../tasks/generate/generate.ts';
import { formulaWeights } from '../testing/formula.ts';
import { fitWeights } from './fit.ts';

const text = { length: 8, width: 32, query: false, trained: { vocabulary: 300, depth: 1, heads: 1 } };
const networkOf = (model: string, options: object, { channels = 3, size = 32, overrides = {} } = {}) =>
  generate.network(createDenoiser(model, { size, channels, classes: 3 }, overrides), options);
const weightsOf = (network: ReturnType<typeof networkOf>) => formulaWeights(graph(network.outputs));

describe.each([
  ['ascan-unet-nano', /^(in_conv|out_conv|around|fine_in|fine_out)\./],
  ['dit-nano', /^(x_embedder|final_layer\.linear)\./],
])('%s', (model, ends) => {
  const classes = networkOf(model, {});
  const stored = weightsOf(classes);

  it('keeps what it learned of classes when it is told captions, and only what tells them starts anew', () => {
    const { weights, report } = fitWeights(networkOf(model, { text }), stored);
    expect(report.entrances.every((n) => /^(caption_embedder|text_encoder)\.|\.cross_attn\./.test(n))).toBe(true);
    expect(report.entrances).toContain('caption_embedder.weight');
    expect(report.fresh).toEqual([]);
    for (const [name, t] of stored) if (!name.startsWith('y_embedder')) expect(weights.get(name)?.data).toBe(t.data);
  });

  it('keeps its blocks for pictures of other channels', () => {
    const latents = networkOf(model, {}, { channels: 5 });
    const { weights, report } = fitWeights(latents, stored);
    expect(report.entrances.length).toBeGreaterThan(1);
    for (const name of report.entrances) expect(name).toMatch(ends);
    for (const name of weights.keys()) expect(weights.get(name)?.data).toBe(stored.get(name)?.data);
    expect(weights.size + report.entrances.length).toBe(weightsOf(latents).size);
  });

  it('takes pictures of another size as they are', () => {
    const { weights, report } = fitWeights(networkOf(model, {}, { size: 64 }), stored);
    expect(report).toMatchObject({ entrances: [], fresh: [], missing: [] });
    expect(weights.size).toBe(stored.size);
  });

  it('refuses blocks of another width, and what is no such network', () => {
    const wider =
      model === 'dit-nano' ? { width: 128, heads: 4 } : { widths: [32, 64, 160], layout: 'CC|CT|TT', headDim: 32 };
    expect(() => fitWeights(networkOf(model, {}, { overrides: wider }), stored)).toThrow(/another shape/);
    expect(() => fitWeights(networkOf(model, {}), new Map())).toThrow(/none of its/);
  });
});
