import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { count, listOf, mixerKind, parseConfig } from './configuration.ts';
import { createModel, modelEntry, modelNames, modelSettings } from './registry.ts';

describe('a configuration', () => {
  const made = (name: string, overrides: Record<string, unknown>) => () => createModel(name, { size: 64 }, overrides);

  it.each([
    ['ascan-micro', { expand: -3 }, "ascan-micro cannot be built so: 'expand' must be above 0, got -3 (hidden width"],
    ['ascan-micro', { relPos: 'no' }, `'relPos' must be true or false, got "no" (attention learns`],
    ['ascan-micro', { widths: 'wide' }, `'widths' must be a list, got "wide"`],
    ['ascan-micro', { widths: [16, 32.5, 96, 160] }, "'widths[1]' must be a whole number, got 32.5"],
    ['ascan-micro', { headDim: 0 }, "'headDim' must be at least 1, got 0"],
    ['ascan-micro', { mlpRatio: Number.NaN }, "'mlpRatio' must be a number, got null"],
    ['ascan-micro', { act: 'rely' }, "unknown act 'rely'; did you mean 'relu'?"],
    ['ascan-micro', { seRatio: 2, expand: 0 }, "'expand' must be above 0, got 0"],
    ['ascan-micro', { wdths: [1] }, "unknown option of ascan 'wdths'; did you mean 'widths'?"],
    ['resnet18', { width: 0 }, "'width' must be at least 1/32, got 0"],
    ['resnet18', { block: 7 }, "'block' must be one of basic, bottleneck, got 7"],
    [
      'efficientformerv2_s0',
      { mlpRatios: [4, 'a', 4, 4] },
      "'mlpRatios[1]' must be a number above 0, or a list of them",
    ],
    ['regnety_002', { group: null }, "'group' must be a number, got null"],
    ['reg400m_perceiver_t32', { x2z: 'all' }, "'x2z' must be true, false, or a list of stages from 1 to 4"],
    ['resnet18', { perceiver: { latents: 0 } }, "the exits cannot be built so: 'latents' must be at least 1"],
    ['resnet18', { perceiver: 8 }, 'the options of the exits must be an object, got 8'],
  ])('of %s with %j is refused with what it must be', (name, overrides, message) => {
    expect(made(name, overrides)).toThrow(message);
  });

  it('names everything that is wrong', () => {
    expect(made('ascan-micro', { seRatio: 2, expand: 0 })).toThrow(/'expand' .*; 'seRatio' must be at most 1, got 2/);
  });

  it('is complete once it is checked', () => {
    const schema = z.strictObject({ widths: listOf(count), mixer: mixerKind.default('mha') });
    const config = parseConfig({ family: 'f', variant: 'v', schema }, { widths: [1, 2] }, { mixer: 'mrl' });
    expect(config).toEqual({ widths: [1, 2], mixer: 'mrl' });
    expect(parseConfig({ family: 'f', variant: 'v', schema }, { widths: [] }).mixer).toBe('mha');
  });

  it('says of every field of every model what it means', () => {
    for (const name of modelNames()) {
      const settings = modelSettings(name);
      expect(settings.length, name).toBeGreaterThan(0);
      for (const s of settings) expect(s.meaning, `${name}: ${s.name}`).not.toBe('');
    }
    expect(modelSettings('resnet18', { width: 0.5, perceiver: { latents: 16 } }).map((s) => [s.name, s.value])).toEqual(
      [
        ['block', 'basic'],
        ['depths', [2, 2, 2, 2]],
        ['width', 0.5],
        ['deep', false],
        ['perceiver.latents', 16],
      ],
    );
    expect(
      modelEntry('vit_tiny_patch16_224')
        .settings({})
        .map((s) => s.name),
    ).not.toContain('pool');
  });
});
