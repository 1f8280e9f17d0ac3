import { describe, expect, it } from 'vitest';
import { f32, type Tensor } from '../../base/tensor.ts';
import { graph, nameOf } from '../../graph/graph.ts';
import { nativeRuntime } from '../../runtime/node/native.ts';
import { compile } from '../../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../../testing/formula.ts';
import { testParity } from '../../testing/parity.ts';
import { testSizes } from '../../testing/sizes.ts';
import { trainingForm } from '../../train/mode.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm 1.0.31 on the same formula weights (reference/models/mobilenetv2.py). */
testParity(new URL('fixtures/', import.meta.url));

/** GMACs: timm's results/benchmark tables. */
testSizes([
  ['mobilenetv2_035', 1_677_128, 59_285_808],
  ['mobilenetv2_050', 1_968_680, 97_131_840, '0.10'],
  ['mobilenetv2_075', 2_636_424, 209_069_792],
  ['mobilenetv2_100', 3_504_872, 300_774_272, '0.31'],
  ['mobilenetv2_140', 6_108_776, 582_195_824, '0.60'],
  ['mobilenetv2_110d', 4_516_520, 430_516_080, '0.45'],
  ['mobilenetv2_120d', 5_831_144, 668_857_568, '0.69'],
  ['tf_mobilenetv2_100', 3_504_872, 300_774_272],
]);

describe('mobilenetv2', () => {
  it('draws its layout', () => {
    expect(modelEntry('mobilenetv2_100').picture({ depth: 0.3 })).toBe(
      '▣ 16 │ ▣ 24 │ ▣ 32 │ ▣▣ 64 │ ▣ 96 │ ▣ 160 │ ▣ 320',
    );
  });

  it('takes width and depth as options and says what is wrong with them', () => {
    const model = createModel('mobilenetv2_100', { classes: 3 }, { width: 1.3, act: 'silu' });
    expect(model.stages.map((s) => s.channels)).toEqual([32, 40, 128, 416]);
    expect(model.pooled.type.shape).toEqual(['N', 1664]);
    expect(() => createModel('mobilenetv2_100', {}, { width: 0 })).toThrow(/above 0/);
    expect(() => createModel('mobilenetv2_100', {}, { padding: 'valid' })).toThrow(/padding/);
    expect(() => createModel('mobilenetv2_100', {}, { act: 'relu7' })).toThrow(/relu6/);
  });

  it('drops paths at the rates of timm: block i of n at i/n of the whole, where there is a shortcut', () => {
    const model = createModel('mobilenetv2_100', { size: 64, dropPath: 0.17, dropRate: 0.2 });
    const rates = trainingForm([model.logits]).draws.map((m) =>
      m.from.kind === 'mask' ? Math.round(100 * m.from.rate) : Number.NaN,
    );
    expect(rates).toEqual([2, 4, 5, 7, 8, 9, 11, 12, 14, 15, 20]);
  });

  it('keeps its classifier apart from what the classifier reads', () => {
    const { logits, pooled } = createModel('mobilenetv2_050', { size: 64 });
    const names = (of: typeof logits) => graph({ out: of }).params.map((p) => nameOf(p)!);
    expect(names(logits).filter((n) => !names(pooled).includes(n))).toEqual(['classifier.weight', 'classifier.bias']);
  });

  // Formula weights never reach 6, so the recorded cases could not tell ReLU6 from ReLU.
  it('cuts activations at 6', async () => {
    const largest = async (act: string) => {
      const { pooled } = createModel('mobilenetv2_035', { size: 64 }, { act });
      const g = graph({ pooled });
      const constants = formulaWeights(g);
      for (const name of ['bn2.weight', 'bn2.bias']) constants.set(name, scaled(constants.get(name)!, 1000));
      const program = await compile(await nativeRuntime(), g, { constants, target: 'standard' });
      const out = await program.run({ image: formulaInput('input', [1, 3, 64, 64]) });
      await program.close();
      return Math.max(...(out.pooled!.data as Float32Array));
    };
    expect(await largest('relu6')).toBeCloseTo(6, 5);
    expect(await largest('relu')).toBeGreaterThan(60);
  });
});

const scaled = (t: Tensor<'float32'>, by: number) =>
  f32(
    t.shape,
    t.data.map((v) => by * v),
  );
