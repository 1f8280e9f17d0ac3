import { describe, expect, it } from 'vitest';
import { testParity } from '../../testing/parity.ts';
import { testSizes } from '../../testing/sizes.ts';
import { trainingForm } from '../../train/mode.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm 1.0.31 on the same formula weights (reference/models/regnet.py). */
testParity(new URL('fixtures/', import.meta.url));

/** GMACs: papers/timm.md §6. */
testSizes([
  ['regnety_002', 3_162_996, 199_514_080, '0.20'],
  ['regnety_004', 4_344_144, 401_842_848, '0.41'],
  ['regnety_006', 6_055_160, 601_220_992, '0.61'],
  ['regnety_008', 6_263_168, 797_176_832, '0.81'],
  ['regnety_008_tv', 6_432_512, 833_856_256, '0.84'],
  ['regnety_016', 11_202_430, 1_612_076_160, '1.63'],
  ['regnety_032', 19_436_338, 3_176_482_752, '3.20'],
]);
testSizes([['regnety_032', 19_436_338, 5_248_239_552, '5.29']], 288);

describe('regnet', () => {
  it('draws its layout', () => {
    expect(modelEntry('regnety_002').picture({})).toBe('▣ 24 │ ▣ 56 │ ▣▣▣▣ 152 │ ▣▣▣▣▣▣▣ 368');
  });

  it('takes another layout, without squeeze-and-excitation, and says what is wrong with one', () => {
    const model = createModel(
      'regnety_002',
      { classes: 3 },
      { widths: [16, 32, 48, 64], depths: [1, 1, 1, 1], seRatio: 0 },
    );
    expect(model.stages.map((s) => s.channels)).toEqual([16, 32, 48, 64]);
    expect(() => createModel('regnety_002', {}, { widths: [16, 32, 48, 60] })).toThrow(/multiple of the group width 8/);
    expect(() => createModel('regnety_002', {}, { depths: [1, 2, 3] })).toThrow(/4 depths/);
  });

  it('drops paths at rates that grow linearly to the last block, as timm does', () => {
    const model = createModel('regnety_008', { size: 64, dropPath: 0.26 });
    const rates = trainingForm([model.logits]).draws.map((m) =>
      m.from.kind === 'mask' ? Math.round(100 * m.from.rate) : Number.NaN,
    );
    expect(rates).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26]);
  });
});
