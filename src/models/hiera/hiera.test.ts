import { describe, expect, it } from 'vitest';
import { f32 } from '../../base/tensor.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../../testing/formula.ts';
import { testParity } from '../../testing/parity.ts';
import { publishedMacs } from '../../testing/published-macs.ts';
import { trainingForm } from '../../train/mode.ts';
import { classifier } from '../model.ts';
import { createModel, modelEntry, type Overrides } from '../registry.ts';

/** Against timm's Hiera on the same formula weights (reference/models/hiera.py). */
testParity(new URL('fixtures/', import.meta.url));

/** Multiply-adds of the formula in papers/turbovit.md §4.5; parameters as timm counts them. */
describe('size at 224 pixels, 1000 classes', () => {
  it.each([
    ['hiera_tiny_224', 27_910_216, 4_900_830_720, '4.91'],
    ['hiera_small_224', 35_008_072, 6_406_110_720, '6.42'],
    ['hiera_base_224', 51_524_968, 9_375_200_256, '9.40'],
    ['hiera_base_plus_224', 69_896_616, 12_640_506_368, '12.67'],
    ['hiera_large_224', 213_739_912, 40_271_042_304, '40.34'],
  ])('%s', (name, parameters, macs, published) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect(cost.parameters).toBe(parameters);
    expect(cost.macs).toBe(macs);
    expect((publishedMacs(cost) / 1e9).toFixed(2)).toBe(published);
  });

  /** Against the table of §3, which counts by the formula alone. */
  it.each([
    ['turbovit_r1', 12_659_752, 2_246_038_528, '12.66', '2.25'],
    ['turbovit_r2', 12_621_544, 2_163_245_632, '12.62', '2.16'],
    ['turbovit_r3', 12_655_640, 2_148_644_416, '12.66', '2.15'],
  ])('%s', (name, parameters, macs, millions, gmacs) => {
    const cost = graphCost(classifier(createModel(name)), { N: 1 });
    expect([cost.parameters, cost.macs]).toEqual([parameters, macs]);
    expect([(parameters / 1e6).toFixed(2), (macs / 1e9).toFixed(2)]).toEqual([millions, gmacs]);
  });
});

const small = { widths: [8, 16, 16, 24], heads: [1, 2, 2, 3], depths: [1, 1, 3, 2] };
const make = (overrides: Overrides, size: [number, number] = [64, 96]) =>
  createModel('hiera_tiny_224', { size, classes: 3 }, overrides);

describe('configurations', () => {
  it('say what does not fit and what to do', () => {
    expect(() => make({}, [100, 160])).toThrow(/multiples of 32, got 100×160; the nearest is 96×160/);
    expect(() => make({ widths: [8, 16, 24] })).toThrow(/'widths' needs 4 entries/);
    expect(() => make({ ...small, heads: [1, 3, 2, 3] })).toThrow(/16 channels do not divide into 3 heads/);
    expect(() => make({ ...small, depths: [1, 0, 3, 2] })).toThrow(/'depths\[1\]' must be at least 1, got 0/);
    expect(() => make({ ...small, local: [true, true, true, true] })).toThrow(
      /stage 4 cannot be local: after 3 poolings/,
    );
    expect(() => make({ ...small, qPool: 4 })).toThrow(/qPool must be from 0 to 3/);
    expect(() => make({ ...small, patchKernel: 4 })).toThrow(/must be odd/);
  });

  it('show which blocks look at mask units and which at everything', () => {
    expect(modelEntry('hiera_tiny_224').picture({})).toBe('▦ 96 │ ▦▦ 192 │ ▦◈◈◈◈◈◈ 384 │ ◈◈ 768');
  });

  it('pool without a projection where the width stays', async () => {
    const model = make(small);
    const names = classifier(model).params.map((p) => nameOf(p)!);
    expect(names.filter((n) => /^blocks\.\d+\.proj\.weight/.test(n))).toEqual([
      'blocks.1.proj.weight',
      'blocks.5.proj.weight',
    ]);
    const { value } = model.stages[2]!;
    expect(value.type.shape).toEqual(['N', 16, 4, 6]);
  });
});

describe('another mixer', () => {
  it('stands in global blocks that keep size and width, and nowhere else', async () => {
    const model = make({ ...small, mixer: 'mrl' });
    const g = graph({ logits: model.logits });
    const mixed = new Set(g.params.flatMap((p) => nameOf(p)!.match(/^(blocks\.\d+)\.attn\.mix_locally/)?.[1] ?? []));
    // Stage 3 is blocks 2 to 4, stage 4 blocks 5 and 6; their first blocks pool.
    expect([...mixed]).toEqual(['blocks.3', 'blocks.4', 'blocks.6']);
    const program = await compile(await nativeRuntime(), g, { constants: formulaWeights(g), target: 'standard' });
    const { logits } = await program.run({ image: formulaInput('input', [2, 3, 64, 96]) });
    await program.close();
    expect(logits!.shape).toEqual([2, 3]);
    expect(Array.from(logits!.data, Number).every(Number.isFinite)).toBe(true);
  });
});

it('fits stored position embeddings to the size of the input', () => {
  const model = make(small);
  // A plane that rises from left to right over the 56×56 patches of 224 pixels.
  const stored = f32(
    [1, 56 * 56, 8],
    Float32Array.from({ length: 56 * 56 * 8 }, (_, i) => Math.floor(i / 8) % 56),
  );
  const fitted = model.resize.pos_embed!(stored, [1, 16 * 24, 8], model.size)!;
  const row = Array.from({ length: 24 }, (_, column) => fitted.data[column * 8]!);
  expect(row).toEqual([...row].sort((a, b) => a - b));
  expect(row[12]! - row[11]!).toBeCloseTo(56 / 24, 1);
  expect(Array.from(fitted.data.slice(15 * 24 * 8))).toEqual(Array.from(fitted.data.slice(0, 24 * 8)));
});

it('begins as Hiera does', () => {
  const values = initialValues(classifier(make(small)), 1);
  const of = (name: string) => values.get(name)!.data;
  for (const name of ['blocks.0.norm1', 'blocks.1.proj', 'blocks.2.attn.qkv', 'blocks.3.mlp.fc2', 'head.norm'])
    expect(new Set(of(`${name}.bias`))).toEqual(new Set([Math.fround(0.02)]));
  expect(new Set(of('head.fc.bias'))).toEqual(new Set([Math.fround(2e-5)]));
  expect(Math.max(...of('head.fc.weight').map(Math.abs))).toBeLessThan(1e-4);
  expect(Math.max(...of('patch_embed.proj.bias').map(Math.abs))).toBeLessThan(1 / Math.sqrt(147));
  expect(new Set(of('patch_embed.proj.bias')).size).toBe(8);
});

it('drops paths more with depth', () => {
  const model = createModel('hiera_tiny_224', { size: 64, dropPath: 0.11 });
  const rates = trainingForm([model.logits]).draws.map((m) => (m.from.kind === 'mask' ? m.from.rate : Number.NaN));
  expect(rates.length).toBe(2 * 11);
  expect(rates[0]).toBeCloseTo(0.01);
  expect(rates.at(-1)).toBeCloseTo(0.11);
});
