import type { z } from 'zod';
import { check } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import type { Tensors } from '../runtime/runtime.ts';

/** A picture that is wanted. */
export interface WantedPicture {
  /** Its class, from 0; undefined for any. */
  readonly label?: number;
  /** The same seed gives the same picture. */
  readonly seed: number;
}

/** How a task's network makes pictures. */
export interface Making {
  /** Options of making, such as the number of steps; their descriptions become help texts of `yosegi generate`. */
  readonly options: z.ZodObject;
  /** Makes pictures by calling the shipped network; `call` takes its inputs and gives its outputs. */
  make(
    call: (feeds: Tensors) => Promise<Tensors>,
    wanted: readonly WantedPicture[],
    context: MakingContext,
  ): Promise<Made>;
  /** Where training may show how far it is: after how many epochs each, by the task's own options; 0 for never. */
  showEvery(options: unknown): number;
}

export interface MakingContext {
  /** [channels, height, width] of a picture. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** The task's own options of training, checked. */
  readonly options: unknown;
  /** Options of making, of which some may be missing. */
  readonly making: unknown;
  readonly onStep?: (done: number, of: number) => void;
}

export interface Made {
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
