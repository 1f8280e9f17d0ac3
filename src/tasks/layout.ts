import type { ItemSource } from '../data/node/source.ts';
import type { Split } from './splits.ts';

/** A picture that should be there, before anyone looked into it; `T` is what its task wants to learn of it. */
export interface Entry<T = unknown> {
  /** Relative to the folder, with '/' between; unique. */
  readonly path: string;
  readonly target: T;
  /** The split it is given to; undefined when the split is still to be drawn. */
  readonly split?: Split;
  readonly source: ItemSource;
}

/** What a folder of pictures turned out to be. */
export interface Layout<T = unknown> {
  /** A short name, e.g. `class-folders`. */
  readonly kind: string;
  /** The same in words, e.g. `one folder for each class`. */
  readonly about: string;
  /** The folder that paths are relative to. */
  readonly root: string;
  readonly classes: readonly string[];
  readonly entries: readonly Entry<T>[];
  /** What was left aside, and other oddities, a sentence each. */
  readonly remarks: readonly string[];
}
