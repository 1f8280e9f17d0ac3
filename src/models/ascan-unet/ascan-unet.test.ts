import { describe, expect, it } from 'vitest';
import { f32, i64 } from '../../base/tensor.ts';
import { graphCost } from '../../graph/cost.ts';
import { graph } from '../../graph/graph.ts';
import { initialValues } from '../../nn/init.ts';
import { deviation, runtime } from '../../onnx/import/testing/compare.ts';
import { compile } from '../../runtime/runtime.ts';
import { testDenoiserParity } from '../../testing/denoiser-parity.ts';
import { formulaInput } from '../../testing/formula.ts';
import { createDenoiser, denoiserPicture } from '../denoisers.ts';

/** Against the PyTorch reconstruction (reference/generate/ascan_unet.py). */
testDenoiserParity(new URL('fixtures/', import.meta.url));

/**
 * papers/ascan.md §5: a C block of width w has 40 w² weights, a T block 12 w², each used once a cell; attention adds 2 · cells² · w.
 * What tells them the condition, and what joins the stages, comes on top.
 */
describe('the size on latents of 32 × 32 × 4', () => {
  const model = createDenoiser('ascan-unet', { size: 32, channels: 4, classes: 1000 });
  const cost = graphCost(graph({ logits: model.logits }), { N: 1 }, (path) =>
    /^(down|up)\./.test(path) ? (/adaLN/.test(path) ? 'told' : 'blocks') : 'rest',
  );
  const of = (name: string) => cost.groups.find((g) => g.name === name)!;
  const stages = [
    { width: 256, cells: 32 * 32, c: 3, t: 0 },
    { width: 512, cells: 16 * 16, c: 2, t: 1 },
    { width: 1024, cells: 8 * 8, c: 1, t: 2 },
  ];
  const weights = ({ width, c, t }: (typeof stages)[number]) => 2 * (40 * c + 12 * t) * width ** 2;

  it('has the parameters of the formula in its blocks, about 200 M', () => {
    const expected = stages.reduce((sum, s) => sum + weights(s), 0);
    // Biases, and scale and shift of the normalisations: 15 w in a C block (4 + 1 + 2 · 1 + 2 · 4), 9 w in a T block.
    const small = stages.reduce((sum, { width, c, t }) => sum + 2 * (15 * c + 9 * t) * width, 0);
    expect(of('blocks').parameters).toBe(expected + small);
    expect((expected / 1e6).toFixed(1)).toBe('198.2');
  });

  it('has the multiply-adds of the formula in its blocks, about 37 G', () => {
    const products = stages.reduce((sum, s) => sum + weights(s) * s.cells, 0);
    const attention = stages.reduce((sum, { width, cells, t }) => sum + 2 * t * 2 * cells ** 2 * width, 0);
    expect(of('blocks').macs).toBe(products + attention);
    expect((products / 1e9).toFixed(1)).toBe('37.0');
  });
});

describe('ascan-unet', () => {
  it('draws its way down and up', () => {
    expect(denoiserPicture('ascan-unet-micro')).toBe('2×2 │ ▣▣▣ 32 │ ▣▣◈ 64 │ ▣◈◈ 128 │ ◈◈▣ │ ◈▣▣ │ ▣▣▣');
  });

  it.for([{ fine: 0 }, { patch: 1 }])(
    'answers with the noisy picture as it was, weighed, before it has learned: %j',
    async (overrides) => {
      const { logits } = createDenoiser('ascan-unet-nano', { size: 32 }, overrides);
      const g = graph({ logits });
      const weights = initialValues(g, 1);
      weights.get('around.bias')!.data.set([1, 2, 3, 0, 0, 0]);
      const program = await compile(runtime, g, { constants: weights, target: 'standard' });
      const image = formulaInput('noise', [1, 3, 32, 32]);
      const { logits: answer } = await program.run({ image, time: f32([1], [0.5]), label: i64([1], [0]) });
      await program.close();
      const each = 32 * 32;
      const weighed = f32(
        image.shape,
        image.data.map((v, i) => v * (1 + Math.floor(i / each))),
      );
      expect(deviation(answer!, weighed)).toBeLessThan(1e-6);
    },
  );

  it('says what does not fit', () => {
    const make = (overrides: object, size = 64) => createDenoiser('ascan-unet-micro', { size }, { ...overrides });
    expect(() => make({}, 60)).toThrow(/multiples of 8, got 60×60/);
    expect(() => make({ layout: 'CC|CX' })).toThrow(/stages of C and T/);
    expect(() => make({ layout: 'CC|CT' })).toThrow(/2 stages need as many widths/);
    expect(() => make({ headDim: 48 })).toThrow(/do not divide into heads of 48/);
  });
});
