import type { Graph } from '../graph/graph.ts';
import type { TextShape } from '../models/text-encoder/text-encoder.ts';
import type { KeptOptions } from './fitting.ts';
import type { Network } from './task.ts';

/** What the options of a task ask of whoever reads captions. */
export interface CaptionWish {
  /** A folder as on the Hugging Face hub with a text encoder that stays as it is; undefined for a small one that is trained along. */
  readonly encoder: string | undefined;
  /** Most tokens of a caption that are read. */
  readonly length: number;
  /** Most tokens that a tokenizer of their own learns. */
  readonly vocabulary: number;
  /** Share of the pictures whose caption the network is not told. */
  readonly dropout: number;
  /** Names of the options that were given and only make sense with captions. */
  readonly given: readonly string[];
  /** Those of them that are about an encoder that is trained along. */
  readonly trained: readonly string[];
}

/** What is known of captions before a training, beyond the options. */
interface CaptionFacts {
  readonly length: number;
  /** Tokens that there are. */
  readonly vocabulary: number;
  /** Numbers of a token, where an encoder that stays as it is gives them. */
  readonly width?: number;
}

/** How well captions are told apart. */
export interface ToldApart {
  /** Captions that each picture was tried with, one of them its own. */
  readonly among: number;
  readonly pictures: number;
  /** Share of the pictures that the network is least wrong about with their own. */
  readonly share: number;
}

/** How a task's network is told what people have said of a picture. */
export interface Captioned<T = unknown> {
  /** What people have said of a picture; nothing where nobody has. */
  captions(target: T): readonly string[];
  wish(options: KeptOptions): CaptionWish;
  /** The options with what the network's shapes depend on: run.json keeps them, so that it is built alike again. */
  settle(options: KeptOptions, facts: CaptionFacts): KeptOptions;
  /** How captions come to the network of these options; undefined where it is told none. */
  shape(options: KeptOptions): TextShape | undefined;
  /** An evaluation of the task with how well captions are told apart; what is judged of the network are errors, [N] each. */
  withTold(evaluation: unknown, told: ToldApart): unknown;
  /** The encoder that is trained along, `tokens` and `mask` → `text` and `pooled`; undefined where none is. */
  encoder(network: Network): Graph | undefined;
}
