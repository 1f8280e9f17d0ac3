import { check, oneOf } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type Graph, graph } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { rootScope, type Scope } from '../nn/scope.ts';

/** What a caller may choose for any model. */
export interface ModelOptions {
  /** Height and width in pixels; default: the variant's own. */
  readonly size?: number | readonly [number, number];
  readonly classes?: number;
  readonly channels?: number;
  /** Stochastic depth of the last block, growing linearly from 0. */
  readonly dropPath?: number;
  /** Dropout before the classifier. */
  readonly dropRate?: number;
}

/** A feature map that tasks, adapters and exits attach to. */
export interface Stage {
  readonly name: string;
  /** [N, channels, H, W] */
  readonly value: Value;
  readonly stride: number;
  readonly channels: number;
}

/**
 * How a stored tensor becomes one of our shape when it was trained at another input size; undefined when it cannot. `size` is the
 * built model's input, [height, width] in pixels.
 */
export type Resize = (
  stored: Tensor<'float32'>,
  shape: readonly number[],
  size: readonly [number, number],
) => Tensor<'float32'> | undefined;

/** A built model: the same contract for every family. */
export interface Model {
  readonly name: string;
  readonly family: string;
  /** The part of a parameter's name that names its block, e.g. `stages.1.blocks.0`, for learning rates that fall with depth. */
  readonly blocks: RegExp;
  readonly resize: Readonly<Record<string, Resize>>;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly classes: number;
  readonly image: Value;
  /** What the classifier reads, [N, features]. */
  readonly pooled: Value;
  readonly logits: Value;
  /** Features at strides 4, 8, 16 and 32, where the architecture has them (a ViT stays at 16). */
  readonly stages: readonly Stage[];
  readonly dropPath: number;
  readonly dropRate: number;
  /** Of a model with a branch beside it: the model without, whose parameters have the same names. */
  readonly backbone?: Model;
  /** Classifiers on the way, see ExitModel. */
  readonly exits?: readonly Exit[];
}

/** A classifier that can answer before the rest has run. */
export interface Exit {
  readonly name: string;
  /** [N, classes] */
  readonly logits: Value;
  /** What the rest of the model still needs, computed by then; nothing behind the last exit. */
  readonly carries: readonly Value[];
}

/** A model with classifiers on the way; `logits` are the last one's, so everything that takes a model takes it. */
export interface ExitModel extends Model {
  /** In the order in which they are known. */
  readonly exits: readonly Exit[];
}

/** What a family's build function returns. */
export interface Body {
  readonly stages: readonly Stage[];
  readonly pooled: Value;
  readonly logits: Value;
}

/** A model family: its variants as data, and how one is built. */
export interface Family<C extends object> {
  readonly name: string;
  readonly variants: Readonly<Record<string, C>>;
  readonly defaultSize: number;
  /** Finds the block in a parameter's name; see Model. */
  readonly blocks: RegExp;
  /** By the last part of the parameter's name, e.g. `pos_embed`. */
  readonly resize?: Readonly<Record<string, Resize>>;
  /** The configuration's keys, which a caller may override. */
  readonly options: readonly (keyof C & string)[];
  /** Draws the layout in one line, for `yosegi info`. */
  readonly picture: (config: C) => string;
  readonly build: (s: Scope, image: Value, config: C, options: BuildOptions) => Body;
}

export interface BuildOptions {
  readonly classes: number;
  readonly dropPath: number;
  readonly dropRate: number;
}

/** Builds a family's model from a configuration. The graph input is `image`, [N, channels, H, W]. */
export function buildModel<C extends object>(
  family: Family<C>,
  config: C,
  name: string,
  options: ModelOptions = {},
): Model {
  const { classes = 1000, channels = 3, dropPath = 0, dropRate = 0 } = options;
  const given = options.size ?? family.defaultSize;
  const size: readonly [number, number] = typeof given === 'number' ? [given, given] : given;
  check(
    size.every((s) => Number.isInteger(s) && s >= 32),
    `the input size must be whole and at least 32 pixels, got ${size.join('×')}`,
  );
  check(Number.isInteger(classes) && classes >= 1, `the number of classes must be at least 1, got ${classes}`);
  check(Number.isInteger(channels) && channels >= 1, `the number of channels must be at least 1, got ${channels}`);
  const image = input('image', 'float32', ['N', channels, ...size]);
  const body = family.build(rootScope(), image, config, { classes, dropPath, dropRate });
  const { blocks, resize = {} } = family;
  return { name, family: family.name, blocks, resize, size, channels, classes, image, dropPath, dropRate, ...body };
}

/** The classifier's graph: `image` in, `logits` out. */
export function classifier(model: Model): Graph {
  return graph({ logits: model.logits }, model.name);
}

/** The exits of a model; of one without early exits, its classifier. */
export function exitsOf({ exits, logits }: Model): readonly Exit[] {
  return exits ?? [{ name: 'logits', logits, carries: [] }];
}

/** The first `count` classifiers as one graph: `image` in, each exit's logits out by its name. */
export function exitsGraph(model: Model, count?: number): Graph {
  const exits = exitsOf(model).slice(0, count);
  return graph(Object.fromEntries(exits.map((e) => [e.name, e.logits])), model.name);
}

/** The named stage; throws with the names there are. */
export function stageOf(model: Model, name: string): Stage {
  const known = model.stages.map((s) => s.name);
  return model.stages[known.indexOf(oneOf('stage', name, known))]!;
}
