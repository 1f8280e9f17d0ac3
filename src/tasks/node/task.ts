import type { z } from 'zod';
import type { Layout } from '../layout.ts';
import type { Judged, Paged } from '../page.ts';
import type { Survey } from '../survey.ts';
import type { Task } from '../task.ts';

/** What a folder holds at its first level. */
export interface Listing {
  /** The folder itself. */
  readonly root: string;
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** How a folder is read. */
export interface Wish {
  /** The classes that are expected: names for files that have none, and pictures of a few of them are enough. */
  readonly classNames?: readonly string[];
  /**
   * Nobody has said which task the data is for: only data that speaks for this task is taken, and not what merely could be used for it
   * (outlines speak for detection, masks for segmentation).
   */
  readonly guessed?: boolean;
  /** The task's own options, of which those of its `reading` count. */
  readonly options?: unknown;
}

/** A task with what needs files, a terminal or a page. */
export interface NodeTask<T = unknown, A = unknown, E extends Judged = Judged> extends Task<T, A, E>, Paged<E> {
  /** How a folder may hold its data, for messages: `DIR/<class>/*.jpg with at least two classes; …`. */
  readonly expects: string;
  /**
   * What a folder holds, if this is data of this task.
   * @throws YosegiError where it is, but not as it should be
   */
  read(folder: Listing, wish?: Wish): Promise<Layout<T> | undefined>;
  /** Those of the task's options that say how a folder is read; `yosegi data` has them too. */
  readonly reading?: z.ZodObject;
  /** What `yosegi data` counts of the labels, where they say more than a class for each picture. */
  readonly survey?: Survey<T>;
  /** The same target where the class that had number i has number `to[i]`. */
  renumbered(target: T, to: readonly number[]): T;
  /** An evaluation as terminal text; `of` says which pictures were judged, default the split's. */
  text(evaluation: E, of?: string): string;
  /** Headings of an answer in a table, and its cells; `top` is how many parts of it to show. */
  readonly columns: readonly { readonly head: string; readonly words: boolean }[];
  row(answer: A, top: number): string[];
  /** The answer with only the `top` best of its parts. */
  shortened(answer: A, top: number): A;
}

/** The part of a task that turns what a shipped graph gives into answers, and shows them. */
export type Answers<A = unknown> = Pick<
  NodeTask<unknown, A>,
  'name' | 'answering' | 'answerOf' | 'answer' | 'drawAnswer' | 'columns' | 'row' | 'shortened'
>;
