import type { Patterns } from './choice.ts';

/** What a person says of a file that is taken in; what is left out is found. */
export interface ImportModelOptions extends Patterns {
  readonly name?: string;
  /** Height and width, where the file leaves them open or others are wanted. */
  readonly size?: number | readonly [number, number];
  /** The input that takes images, where several could be meant. */
  readonly image?: string;
  /** The output with the logits, where several could be meant. */
  readonly logits?: string;
  /** What the outputs of a detector or segmenter mean, by the name of a contract, where they do not say it themselves. */
  readonly output?: string;
  /** Names of the classes; some outputs do not show how many there are. */
  readonly labels?: readonly string[];
  /** The network takes blue, green, red; default: what its contract says, or not. */
  readonly bgr?: boolean;
  /** A value of the file: the model ends there, whatever comes behind, and gets a new head. */
  readonly cut?: string;
  /** A value of the file that a new head is put on; the file's own classifier stays until another class count is asked for. */
  readonly head?: string;
  /** Values of the file, in order: where its stages end. Found by their sizes where none are named. */
  readonly stages?: readonly string[];
}
