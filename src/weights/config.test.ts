import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { YosegiError } from '../base/errors.ts';
import { preprocessing } from '../data/preprocess.ts';
import { type PretrainedInput, preprocessingFromConfig, pretrainedConfig, timmConfig } from './config.ts';

/** timm's words for an input. */
interface Resolved {
  readonly input_size: number[];
  readonly crop_pct: number;
  readonly crop_mode: string;
  readonly interpolation: string;
  readonly mean: number[];
  readonly std: number[];
}

/** Recorded by reference/weights/configs.py. */
const cases: { name: string; text: string; train: Resolved; test: Resolved }[] = JSON.parse(
  readFileSync(new URL('fixtures/configs.json', import.meta.url), 'utf8'),
);

const resolved = ({ size, cropPct, cropMode, interpolation, mean, std }: PretrainedInput): Resolved => ({
  input_size: [3, ...size],
  crop_pct: cropPct,
  crop_mode: cropMode,
  interpolation,
  mean,
  std,
});

describe('a config.json by timm', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s is understood as timm understands it', (name, c) => {
    const config = pretrainedConfig(c.text);
    expect(config.architecture).toBe(name.split('.')[0]);
    expect(config.classes).toBe(JSON.parse(c.text).num_classes);
    expect(resolved(preprocessingFromConfig(config))).toEqual(c.train);
    expect(resolved(preprocessingFromConfig(config, { test: true }))).toEqual(c.test);
    expect(preprocessing(preprocessingFromConfig(config, { size: 96 }))).toMatchObject({ size: [96, 96] });
  });

  it('may be of the older form, everything at the top', () => {
    const config = pretrainedConfig(
      JSON.stringify({
        architecture: 'resnet18',
        num_classes: 2,
        input_size: [1, 64, 48],
        mean: [0.5],
        std: 0.25,
        crop_pct: null,
        interpolation: 'bilinear',
        labels: ['good', 'bad'],
      }),
    );
    expect(config).toMatchObject({ classes: 2, channels: 1, labels: ['good', 'bad'] });
    expect(config.input).toEqual({
      size: [64, 48],
      cropPct: 0.875,
      cropMode: 'center',
      interpolation: 'bilinear',
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
    });
  });

  it('names its classes', () => {
    const named = (label_descriptions: unknown) =>
      pretrainedConfig(
        JSON.stringify({ architecture: 'a', num_classes: 2, label_names: ['n1', '__proto__'], label_descriptions }),
      );
    expect(named({ n1: 'tench' })).toMatchObject({
      labels: ['n1', '__proto__'],
      descriptions: ['tench', '__proto__'],
    });
    expect(named(['tench', 'shark']).descriptions).toEqual(['tench', 'shark']);
    expect(named(undefined).descriptions).toBeUndefined();
  });
});

describe('a config.json is refused, by name of the field,', () => {
  const message = (config: unknown) => {
    try {
      pretrainedConfig(typeof config === 'string' ? config : JSON.stringify(config));
    } catch (error) {
      if (error instanceof YosegiError) return error.message;
      throw error;
    }
    return '';
  };
  const nested = (fields: object) => ({ architecture: 'a', pretrained_cfg: fields });
  it.each<[string, unknown, RegExp]>([
    ['when it is not JSON', '{"architecture":', /not JSON/],
    ['when it is no object', [], /config\.json of a timm model is expected/],
    ['without an architecture', { input_size: [3, 224, 224] }, /architecture/],
    ['for a size of two numbers', nested({ input_size: [224, 224] }), /pretrained_cfg\.input_size/],
    ['for a gigantic size', nested({ input_size: [3, 1e9, 224] }), /pretrained_cfg\.input_size\[1\]/],
    ['for a share above one', nested({ crop_pct: 1.5 }), /crop_pct/],
    ['for an unknown interpolation', nested({ interpolation: 'nearest' }), /interpolation/],
    ['for an unknown crop', nested({ crop_mode: 'five' }), /crop_mode/],
    ['for two means', nested({ mean: [0.5, 0.5] }), /2 numbers in mean/],
    ['for four means', nested({ mean: [0, 0, 0, 0] }), /4 numbers in mean/],
    ['for a deviation of zero', nested({ std: [0.2, 0, 0.2] }), /std 0\.2, 0, 0\.2/],
    ['for too few names', { architecture: 'a', num_classes: 3, label_names: ['x'] }, /names 1 classes of 3/],
    ['for a negative number of classes', { architecture: 'a', num_classes: -1 }, /num_classes/],
  ])('%s', (_, config, expected) => expect(message(config)).toMatch(expected));
});

it('timmConfig writes what pretrainedConfig reads', () => {
  const input: PretrainedInput = {
    size: [96, 64],
    cropPct: 0.9,
    cropMode: 'squash',
    interpolation: 'bilinear',
    mean: [0.1, 0.2, 0.3],
    std: [0.4, 0.5, 0.6],
  };
  expect(
    pretrainedConfig(timmConfig({ name: 'resnet18', channels: 3, size: [96, 64], resize: {} }, ['good', 'bad'], input)),
  ).toEqual({
    architecture: 'resnet18',
    classes: 2,
    channels: 3,
    labels: ['good', 'bad'],
    input,
    testInput: input,
  });
});
