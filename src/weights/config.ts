import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import { conform, type Fail, jsonOf } from '../base/json.ts';
import type { Model } from '../models/model.ts';

/** How pictures are prepared for a pretrained network; what `preprocessing()` of data/preprocess takes. */
export interface PretrainedInput {
  readonly size: [number, number];
  readonly cropPct: number;
  readonly cropMode: 'center' | 'squash' | 'border';
  readonly interpolation: 'bilinear' | 'bicubic' | 'lanczos';
  readonly mean: [number, number, number];
  readonly std: [number, number, number];
}

/** What a `config.json` of the Hugging Face hub says of a timm model. */
export interface PretrainedConfig {
  /** timm's name of the model without the tag, e.g. `hiera_tiny_224`. */
  readonly architecture: string;
  /** 0 where the model has no classifier. */
  readonly classes: number;
  readonly channels: number;
  /** Names of the classes in the order of the logits; ImageNet's are WordNet ids, which `descriptions` explain. */
  readonly labels?: readonly string[];
  readonly descriptions?: readonly string[];
  /** The input it was trained with. */
  readonly input: PretrainedInput;
  /** The input it was measured with, which may be larger. */
  readonly testInput: PretrainedInput;
}

const side = z.int().min(1).max(8192);
const inputSize = z.tuple([z.int().min(1).max(1024), side, side]);
const numbers = z.union([z.number(), z.array(z.number()).min(1)]);
const cropPct = z.number().gt(0).max(1);

/** Absent fields may also be null. */
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform((v) => v ?? undefined);

const inputFields = z.object({
  input_size: maybe(inputSize),
  test_input_size: maybe(inputSize),
  crop_pct: maybe(cropPct),
  test_crop_pct: maybe(cropPct),
  crop_mode: maybe(z.enum(['center', 'squash', 'border'])),
  interpolation: maybe(z.enum(['bilinear', 'bicubic', 'lanczos'])),
  mean: maybe(numbers),
  std: maybe(numbers),
  num_classes: maybe(z.int().min(0)),
  label_names: maybe(z.array(z.string())),
  label_descriptions: maybe(z.union([z.record(z.string(), z.string()), z.array(z.string())])),
});

const configSchema = inputFields.extend({
  architecture: z.string().min(1),
  /** The older name. */
  labels: maybe(z.array(z.string())),
  pretrained_cfg: maybe(inputFields),
});

type Fields = z.infer<typeof inputFields>;

/**
 * Reads a timm `config.json`: `pretrained_cfg` nested, or its fields at the top as in older files; what is left out is timm's
 * default.
 * @throws YosegiError that names each field that is wrong
 */
export function pretrainedConfig(json: string): PretrainedConfig {
  const fail: Fail = (problem, cause) =>
    new YosegiError(`config.json ${problem}. The config.json of a timm model is expected`, { cause });
  const config = conform(jsonOf(json, fail), configSchema, fail);
  const fields: Fields = config.pretrained_cfg ?? config;
  const classes = config.num_classes ?? fields.num_classes ?? 1000;
  const labels = config.label_names ?? config.labels ?? fields.label_names;
  check(
    labels === undefined || labels.length === classes,
    () => `config.json names ${labels?.length} classes of ${classes}`,
  );
  const described = config.label_descriptions ?? fields.label_descriptions;
  const descriptions = labels && described && describe(labels, described);
  return {
    architecture: config.architecture,
    classes,
    channels: (fields.input_size ?? standard)[0],
    ...(labels && { labels }),
    ...(descriptions && { descriptions }),
    input: inputOf(fields, fields.input_size, fields.crop_pct),
    testInput: inputOf(fields, fields.test_input_size ?? fields.input_size, fields.test_crop_pct ?? fields.crop_pct),
  };
}

/**
 * The preprocessing that weights were trained with, at their own input size or at another; with `test`, the one they were
 * measured with. Made for `preprocessing()` of data/preprocess.
 */
export function preprocessingFromConfig(
  config: PretrainedConfig,
  options: { readonly size?: number | readonly [number, number]; readonly test?: boolean } = {},
): PretrainedInput {
  const input = options.test ? config.testInput : config.input;
  const { size = input.size } = options;
  return { ...input, size: typeof size === 'number' ? [size, size] : [size[0], size[1]] };
}

/**
 * The text of a `config.json` beside weights that yosegi trained, so that `timm.create_model('local-dir:FOLDER', pretrained=True)`
 * makes the model (where timm knows it by the same name), loads the weights and knows the preprocessing.
 */
export function timmConfig(
  model: Pick<Model, 'name' | 'channels' | 'size' | 'resize'>,
  labels: readonly string[],
  input: Omit<PretrainedInput, 'size'>,
): string {
  const { cropPct, cropMode, interpolation, mean, std } = input;
  const config = {
    architecture: model.name,
    num_classes: labels.length,
    label_names: labels,
    pretrained_cfg: {
      input_size: [model.channels, ...model.size],
      // timm then builds the model for this very size; other models take any.
      fixed_input_size: Object.keys(model.resize).length > 0,
      interpolation,
      crop_pct: cropPct,
      crop_mode: cropMode,
      mean,
      std,
      num_classes: labels.length,
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

// What timm takes where a file says nothing (`resolve_data_config`).
const standard: z.infer<typeof inputSize> = [3, 224, 224];
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

function inputOf(fields: Fields, size = standard, crop = 0.875): PretrainedInput {
  const std = triple('std', fields.std ?? imagenet.std);
  check(
    std.every((s) => s > 0),
    () => `config.json has std ${std.join(', ')}, where every number must be above zero`,
  );
  return {
    size: [size[1], size[2]],
    cropPct: crop,
    cropMode: fields.crop_mode ?? 'center',
    interpolation: fields.interpolation ?? 'bicubic',
    mean: triple('mean', fields.mean ?? imagenet.mean),
    std,
  };
}

/** One number stands for all channels, as in timm. */
function triple(what: string, value: number | readonly number[]): [number, number, number] {
  const [r, g = r, b = r, ...more] = typeof value === 'number' ? [value] : value;
  const many = typeof value === 'number' ? 1 : value.length;
  check(more.length === 0 && many !== 2, () => `config.json has ${many} numbers in ${what}: one or three are expected`);
  return [r!, g!, b!];
}

function describe(labels: readonly string[], described: Readonly<Record<string, string>> | readonly string[]) {
  const by = new Map(Object.entries(described));
  const texts = Array.isArray(described) ? described : labels.map((label) => by.get(label) ?? label);
  return texts.length === labels.length ? texts : undefined;
}
