import type { z } from 'zod';
import { check } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Origin } from '../diffusion/origin.ts';
import type { TextShape } from '../models/text-encoder/text-encoder.ts';
import type { Tensors } from '../runtime/runtime.ts';

/** What a picture should show; where neither is said, anything. */
export interface PictureWish {
  /** Its class, from 0. */
  readonly label?: number;
  /** The same in words, for a network that is told captions. */
  readonly text?: string;
}

/** A picture that is wanted. */
export interface WantedPicture extends PictureWish {
  /** The same seed gives the same picture. */
  readonly seed: number;
}

/** What sets of features say of made pictures. */
interface Compared {
  readonly frechet: number;
  readonly frechetReal: number;
  readonly precision: number;
  readonly recall: number;
  readonly coverage: number;
}

/** What was found of made pictures beside real ones. */
export interface MadeFigures extends Compared {
  /** Pictures that were made. */
  readonly pictures: number;
  /** Options of making. */
  readonly making: Readonly<Record<string, unknown>>;
  /** Network evaluations a picture. */
  readonly evaluations: number;
  /** What features the distances are taken in. */
  readonly features: string;
  /** Whether they are Inception's, so that the Fréchet distance is FID. */
  readonly fid: boolean;
  /** Real pictures that they are compared with, and how many of those are of the validation split, as there are few to judge on. */
  readonly real?: { readonly pictures: number; readonly ofValidation: number } | undefined;
  /** Share of the made pictures that are nearly equal to one that was trained on, and the same of the judged ones. */
  readonly copies: number;
  readonly copiesReal: number;
  /** Made pictures and the one that was trained on that is most like each, those first that look most like copies. */
  readonly nearest: readonly {
    readonly label: string;
    readonly seed: number;
    readonly file: string;
    readonly distance: number;
  }[];
}

/** So much oftener than real pictures that were kept back must made ones be copies to be worth a word. */
export const COPYING = 0.05;

/** A step: x = signal · picture + noise · ε; the network sees input · x and embed; the picture is skip · x + out · prediction. */
interface MakingLevel {
  readonly signal: number;
  readonly noise: number;
  readonly input: number;
  readonly embed: number;
  readonly skip: number;
  readonly out: number;
}

/** An input of a shipped network beside the picture. */
export interface Beside {
  readonly name: string;
  readonly dtype: 'float32' | 'int64';
  /** Its dimensions after N; none where it is left out. */
  readonly shape?: readonly number[];
  readonly about: string;
}

/** A shipped network as it is called to make pictures. */
export interface Called {
  /** Its inputs beside the picture, [rows, …] each → what `look` is told in their place. They are told as they are where it is left out. */
  readonly tell?: ((feeds: Tensors) => Promise<Tensors>) | undefined;
  /** `image` [N, …] and N rows of what it is told → its outputs. */
  readonly look: (feeds: Tensors) => Promise<Tensors>;
}

/** How a task's network makes pictures. */
export interface Making {
  /** Options of making, such as the number of steps; their descriptions become help texts of `yosegi generate`. */
  readonly options: z.ZodObject;
  /** Makes pictures by calling the shipped network. */
  make(network: Called, wanted: readonly WantedPicture[], context: MakingContext): Promise<Made>;
  /** Inputs of the shipped network beside the picture, [N, …] each, in order; of one that is told captions in this shape. */
  beside(text?: TextShape): readonly Beside[];
  /** Inputs to try a shipped network with, by name. */
  golden(
    count: number,
    shape: readonly [number, number, number],
    classes: number,
    text?: TextShape,
  ): Record<string, Tensor>;
  /** What a picture should show to be like one of this target. */
  wish(target: unknown): PictureWish;
  /** The settings of each step as numbers, for who makes pictures without this library. */
  levels(options: unknown, making: unknown): readonly MakingLevel[];
  /** Features of judged, made and trained-on pictures, a row each. */
  compare(real: readonly Float32Array[], made: readonly Float32Array[], trained: readonly Float32Array[]): Compared;
  /** An evaluation of the task with what was found of made pictures. */
  withMade(evaluation: unknown, figures: MadeFigures): unknown;
  /** The autoencoder on whose latents the network works, by the task's own options; undefined where it works on pixels. */
  firstStage(options: unknown): string | undefined;
  /** Of the task's own options of training, what ships with the network: no places on this machine. */
  shipped(options: unknown): Readonly<Record<string, unknown>>;
  /** Where training may show how far it is: after how many epochs each, by the task's own options; 0 for never. */
  showEvery(options: unknown): number;
}

interface MakingContext {
  /** [channels, height, width] of a picture. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** The task's own options of training, checked. */
  readonly options: unknown;
  /** Options of making, of which some may be missing. */
  readonly making: unknown;
  /** Reads captions, where the network is told such: by the names of its inputs, a row for each. An empty one says nothing. */
  readonly read?: ((texts: readonly string[]) => Promise<Tensors>) | undefined;
  /** What the pictures begin as; noise alone where it is left out. */
  readonly from?: Origin;
  readonly onStep?: (done: number, of: number) => void;
  /** After each look of the network, in step `step` from 0: what it thinks that the pictures will be, [N, channels, H, W]. */
  readonly onLook?: (pictures: Tensor<'float32'>, step: number, of: number) => void | Promise<void>;
}

interface Made {
  /** [N, channels, H, W], normalised as the network's pictures are. */
  readonly pictures: Tensor<'float32'>;
  /** How often the network looked at each picture. */
  readonly evaluations: number;
}

/** @throws YosegiError where a task's network says nothing about pictures; `what` was wanted of it */
export function checkAnswers({ name, makes }: { readonly name: string; readonly makes?: Making }, what: string): void {
  check(
    !makes,
    () => `${what} is for networks that answer about pictures; one of the task ${name} makes them: yosegi generate RUN`,
  );
}
