import type { z } from 'zod';
import { check } from '../../base/errors.ts';
import type { Words } from '../../blocks/cross-attention.ts';
import { input, type Value } from '../../graph/value.ts';
import { rootScope, type Scope } from '../../nn/scope.ts';
import { type ConfigSchema, parseConfig } from '../configuration.ts';
import type { Model, ModelOptions } from '../model.ts';
import { TELLING } from './told.ts';

/** A caption as a text encoder has read it. */
export interface CaptionValues extends Words {
  /** [N, D]: what the caption says as a whole. */
  readonly pooled: Value;
  /** Whether the words ask the picture (see CrossAttentionOptions); default: the picture asks the words. */
  readonly textQuery?: boolean;
}

/** What a picture should show: a class, or what a caption says. */
export type Wish =
  /** int64 [N]: the class, from 0; the number of classes itself says that none is given. */
  | { readonly label: Value; readonly caption?: undefined }
  | { readonly caption: CaptionValues; readonly label?: undefined };

/** What a noisy picture is told beside: how noisy it is, and what it should show. */
export type Given = Wish & {
  /** float32 [N]: where on the way from picture to noise, as the diffusion process embeds it; about −2 … 1. */
  readonly time: Value;
};

/** [N, channels, H, W] → the same; calling it twice gives the same parameters, of those told alike. */
export type Denoise = (noisy: Value, given: Given) => Value;

/**
 * A network that sees a noisy picture, the time and a class, and answers with a picture: class-conditional generation. As a `Model` it
 * has no stages, and its `logits` are what it predicts for its own inputs `image`, `time` and `label`, [N, channels, H, W].
 */
export interface Denoiser extends Model {
  readonly denoise: Denoise;
  readonly time: Value;
  readonly label: Value;
  /** Whether a parameter takes pictures in, gives them out, or tells what they should show (see `Network.entrances`). */
  readonly entrance: (name: string) => boolean;
}

/** Whether a model is one. */
export const isDenoiser = (model: Model): model is Denoiser => 'denoise' in model;

/** What a family's build function is told. */
export interface Place {
  readonly classes: number;
  readonly channels: number;
  /** [height, width] of the input. */
  readonly size: readonly [number, number];
}

/** A family of denoisers: variants as data, and how one is built. */
export interface DenoiserFamily<S extends ConfigSchema> {
  readonly name: string;
  readonly schema: S;
  readonly variants: Readonly<Record<string, z.input<S>>>;
  /** Finds the block in a parameter's name. */
  readonly blocks: RegExp;
  /** Names of the parameters that meet the picture's channels, on the way in and out. */
  readonly ends: RegExp;
  /** Draws the layout in one line, for `yosegi info`. */
  readonly picture: (config: z.output<S>) => string;
  /** What is another where a cell of latents, which stands for several pixels already, comes in the place of a pixel. */
  readonly onLatents?: Partial<z.input<S>>;
  /** Smallest step of height and width. */
  readonly multiple: (config: z.output<S>) => number;
  readonly build: (s: Scope, noisy: Value, given: Given, config: z.output<S>, place: Place) => Value;
}

/**
 * Builds a denoiser from a configuration. Its graph takes `image` [N, channels, H, W], `time` [N] and `label` [N].
 * @throws YosegiError where a size, a number or an option cannot be
 */
export function buildDenoiser<S extends ConfigSchema>(
  family: DenoiserFamily<S>,
  given: z.input<S>,
  name: string,
  options: ModelOptions = {},
  overrides: Readonly<Record<string, unknown>> = {},
): Denoiser {
  const config = parseConfig({ family: family.name, variant: name, schema: family.schema }, given, overrides);
  const { channels = 3, classes = 1000, dropPath = 0, dropRate = 0, size: wanted = 64 } = options;
  const size: readonly [number, number] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
  const step = family.multiple(config);
  check(
    size.every((s) => Number.isInteger(s) && s > 0 && s % step === 0),
    () => `${name} works on cells: height and width must be multiples of ${step}, got ${size.join('×')}`,
  );
  check(Number.isInteger(channels) && channels >= 1, `the number of channels must be at least 1, got ${channels}`);
  check(Number.isInteger(classes) && classes >= 1, `the number of classes must be at least 1, got ${classes}`);
  const image = input('image', 'float32', ['N', channels, ...size]);
  const time = input('time', 'float32', ['N']);
  const label = input('label', 'int64', ['N']);
  const scope = rootScope();
  const denoise: Denoise = (noisy, at) => family.build(scope, noisy, at, config, { classes, channels, size });
  const predicted = denoise(image, { time, label });
  const { blocks, ends, name: called } = family;
  const entrance = (parameter: string) => ends.test(parameter) || TELLING.test(parameter);
  return {
    ...{ name, family: called, blocks, resize: {}, size, channels, classes, image, time, label, dropPath, dropRate },
    ...{ stages: [], pooled: predicted, logits: predicted, denoise, entrance },
  };
}
