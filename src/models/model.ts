import type { z } from 'zod';
import { check, oneOf } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type Graph, graph } from '../graph/graph.ts';
import { input, type Value } from '../graph/value.ts';
import { rootScope, type Scope } from '../nn/scope.ts';
import { type ConfigSchema, parseConfig } from './configuration.ts';
import { type Stage, type StageMark, stageFrom } from './stage.ts';

/** What a caller may choose for any backbone. */
export interface BackboneOptions {
  /** Height and width in pixels; default: the variant's own. */
  readonly size?: number | readonly [number, number];
  readonly channels?: number;
  /** Stochastic depth of the last block, growing linearly from 0. */
  readonly dropPath?: number;
}

/** What a caller may choose for any classifier. */
export interface ClassifierOptions {
  readonly classes?: number;
  /** Dropout before the classifier. */
  readonly dropRate?: number;
}

/** What a caller may choose for any model. */
export interface ModelOptions extends BackboneOptions, ClassifierOptions {}

/**
 * How a stored tensor becomes one of our shape when it was trained at another input size; undefined when it cannot. `size` is the
 * built model's input, [height, width] in pixels.
 */
export type Resize = (
  stored: Tensor<'float32'>,
  shape: readonly number[],
  size: readonly [number, number],
) => Tensor<'float32'> | undefined;

/** A model as far as its feature maps: the same contract for every family. What reads them, a head, says what comes out. */
export interface Backbone {
  readonly name: string;
  readonly family: string;
  /** The part of a parameter's name that names its block, e.g. `stages.1.blocks.0`, for learning rates that fall with depth. */
  readonly blocks: RegExp;
  readonly resize: Readonly<Record<string, Resize>>;
  /** [height, width] in pixels. */
  readonly size: readonly [number, number];
  readonly channels: number;
  /** [N, channels, height, width] */
  readonly image: Value;
  /** The architecture's own, the largest first: mostly at levels 4, 8, 16 and 32 (a ViT stays at 16). See `pyramid` for others. */
  readonly stages: readonly Stage[];
  readonly dropPath: number;
}

/** A backbone that has no head yet, and how its family makes one. */
export interface Headless extends Backbone {
  readonly head: (options: HeadOptions) => Head;
}

/** A backbone with a classifier. */
export interface Model extends Backbone {
  readonly classes: number;
  /** What the classifier reads, [N, features]. */
  readonly pooled: Value;
  /** [N, classes] */
  readonly logits: Value;
  readonly dropRate: number;
  /** Of a model with a branch beside it: the model without, whose parameters have the same names. */
  readonly backbone?: Model;
  /** Of a model of another tool that is no classifier: its own outputs, as a task knows them by name. */
  readonly answers?: Readonly<Record<string, Value>>;
  /** Classifiers on the way, see ExitModel. */
  readonly exits?: readonly Exit[];
  /** Of a model whose backbone is frozen but for some parameters: the names of those. */
  readonly adapted?: { readonly trained: ReadonlySet<string> };
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
  readonly stages: readonly StageMark[];
  /** What the family's head reads: the last map [N, C, H, W], or tokens [N, T, C]. */
  readonly end: Value;
}

/** What a family's head function returns. */
export type Head = Pick<Model, 'pooled' | 'logits'>;

export type HeadOptions = Required<ClassifierOptions>;

/** A model family: its variants as data, and how one is built. */
export interface Family<S extends ConfigSchema> {
  readonly name: string;
  /** The configuration's fields: what may stand in them, what they are where nothing is said, what they mean. */
  readonly schema: S;
  readonly variants: Readonly<Record<string, z.input<S>>>;
  readonly defaultSize: number;
  /** Finds the block in a parameter's name; see Backbone. */
  readonly blocks: RegExp;
  /** By the last part of the parameter's name, e.g. `pos_embed`. */
  readonly resize?: Readonly<Record<string, Resize>>;
  /** Draws the layout in one line, for `yosegi info`. */
  readonly picture: (config: z.output<S>) => string;
  /** The network without a head. */
  readonly build: (s: Scope, image: Value, config: z.output<S>, options: { readonly dropPath: number }) => Body;
  /** Pooling and classifier on what `build` has left, with the family's own names of parameters. */
  readonly head: (s: Scope, body: Body, config: z.output<S>, options: HeadOptions) => Head;
}

/** Builds a family's network without a head from a configuration. The graph input is `image`, [N, channels, H, W]. */
export function buildBackbone<S extends ConfigSchema>(
  family: Family<S>,
  given: z.input<S>,
  name: string,
  options: BackboneOptions = {},
  overrides: Readonly<Record<string, unknown>> = {},
): Headless {
  const config = parseConfig({ family: family.name, variant: name, schema: family.schema }, given, overrides);
  const { channels = 3, dropPath = 0, size: wanted = family.defaultSize } = options;
  const size: readonly [number, number] = typeof wanted === 'number' ? [wanted, wanted] : wanted;
  check(
    size.every((s) => Number.isInteger(s) && s >= 32),
    `the input size must be whole and at least 32 pixels, got ${size.join('×')}`,
  );
  check(Number.isInteger(channels) && channels >= 1, `the number of channels must be at least 1, got ${channels}`);
  const image = input('image', 'float32', ['N', channels, ...size]);
  const body = family.build(rootScope(), image, config, { dropPath });
  const { blocks, resize = {} } = family;
  const stages = body.stages.map((mark) => stageFrom(mark, size));
  const head = (o: HeadOptions) => family.head(rootScope(), body, config, o);
  return { name, family: family.name, blocks, resize, size, channels, image, dropPath, stages, head };
}

/** Puts the family's own pooling and classifier on a backbone; its parameters keep their names. */
export function withClassifier({ head, ...backbone }: Headless, options: ClassifierOptions = {}): Model {
  const { classes = 1000, dropRate = 0 } = options;
  check(Number.isInteger(classes) && classes >= 1, `the number of classes must be at least 1, got ${classes}`);
  return { ...backbone, classes, dropRate, ...head({ classes, dropRate }) };
}

/** Builds a family's classifier from a configuration. */
export const buildModel = <S extends ConfigSchema>(
  family: Family<S>,
  config: z.input<S>,
  name: string,
  options: ModelOptions = {},
): Model => withClassifier(buildBackbone(family, config, name, options), options);

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
export function stageOf({ stages }: Backbone, name: string): Stage {
  const known = stages.map((s) => s.name);
  return stages[known.indexOf(oneOf('stage', name, known))]!;
}
