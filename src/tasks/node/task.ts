import type { Layout } from '../layout.ts';
import type { Task } from '../task.ts';

/** What a folder holds at its first level. */
export interface Listing {
  /** The folder itself. */
  readonly root: string;
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** A task with what needs files and a terminal. */
export interface NodeTask<T = unknown, A = unknown, E = unknown> extends Task<T, A, E> {
  /** How a folder may hold its data, for messages: `DIR/<class>/*.jpg with at least two classes; …`. */
  readonly expects: string;
  /**
   * What a folder holds, if this is data of this task. `classNames` are names for files that have none.
   * @throws YosegiError where it is, but not as it should be
   */
  read(folder: Listing, classNames?: readonly string[]): Promise<Layout<T> | undefined>;
  /** An evaluation as terminal text. */
  text(evaluation: E): string;
  /** Headings of an answer in a table, and its cells; `top` is how many parts of it to show. */
  readonly columns: readonly { readonly head: string; readonly words: boolean }[];
  row(answer: A, top: number): string[];
  /** The answer with only the `top` best of its parts. */
  shortened(answer: A, top: number): A;
}
