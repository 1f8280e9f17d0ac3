import { describe, expect, it } from 'vitest';
import { testParity } from '../../testing/parity.ts';
import { testSizes } from '../../testing/sizes.ts';
import { createModel, modelEntry } from '../registry.ts';

/** Against timm 1.0.31 on the same formula weights (reference/models/mobilenetv3.py). */
testParity(new URL('fixtures/', import.meta.url));

/** GMACs: papers/timm.md §6. */
testSizes([
  ['mobilenetv3_large_075', 3_993_528, 154_560_624],
  ['mobilenetv3_large_100', 5_483_032, 216_589_760, '0.23'],
  ['mobilenetv3_large_150d', 14_622_320, 775_198_160],
  ['mobilenetv3_small_050', 1_593_224, 24_188_688, '0.03'],
  ['mobilenetv3_small_075', 2_041_872, 43_399_344, '0.05'],
  ['mobilenetv3_small_100', 2_542_856, 56_510_400, '0.06'],
  ['tf_mobilenetv3_large_075', 3_993_528, 154_560_624, '0.16'],
  ['tf_mobilenetv3_large_100', 5_483_032, 216_589_760, '0.23'],
  ['tf_mobilenetv3_large_minimal_100', 3_924_288, 209_136_704, '0.22'],
  ['tf_mobilenetv3_small_075', 2_041_872, 43_399_344, '0.05'],
  ['tf_mobilenetv3_small_100', 2_542_856, 56_510_400, '0.06'],
  ['tf_mobilenetv3_small_minimal_100', 2_044_736, 52_288_448, '0.06'],
]);

describe('mobilenetv3', () => {
  it('draws its layout', () => {
    expect(modelEntry('mobilenetv3_large_100').picture({})).toBe(
      '▣ 16 │ ▣▣ 24 │ ▣▣▣ 40 │ ▣▣▣▣ 80 │ ▣▣ 112 │ ▣▣▣ 160 │ ▣ 960',
    );
  });

  it('takes layout and width as options and says what is wrong with them', () => {
    const model = createModel('mobilenetv3_large_100', { classes: 3 }, { layout: 'small', width: 0.6 });
    expect(model.stages.map((s) => [s.name, s.level, s.channels])).toEqual([
      ['blocks.0', 4, 16],
      ['blocks.1', 8, 16],
      ['blocks.3', 16, 32],
      ['blocks.5', 32, 344],
    ]);
    expect(model.pooled.type.shape).toEqual(['N', 1024]);
    expect(() => createModel('mobilenetv3_large_100', {}, { layout: 'smal' })).toThrow(/small/);
    expect(() => createModel('mobilenetv3_large_100', {}, { width: -1 })).toThrow(/above 0/);
    expect(() => createModel('mobilenetv3_large_100', {}, { padding: 'valid' })).toThrow(/padding/);
  });
});
