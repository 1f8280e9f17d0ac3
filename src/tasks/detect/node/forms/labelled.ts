import type { PictureSize } from '../../../../data/node/size.ts';
import type { FolderFiles } from '../../../node/folder-files.ts';
import type { Wish } from '../../../node/task.ts';
import type { Problems } from '../../../problems.ts';
import type { Split } from '../../../splits.ts';
import type { Annotation } from '../../labels/index.ts';

/** A picture and what is labelled in it. */
export interface LabelledPicture {
  /** Relative to the folder, with '/' between; unique. */
  readonly path: string;
  readonly split?: Split;
  readonly annotation: Annotation;
  /** Where its label is, for messages. */
  readonly where: string;
}

/** What a folder with labels holds, before a task makes targets of it. */
export interface Labelled {
  readonly kind: string;
  readonly about: string;
  readonly classes: readonly string[];
  readonly pictures: readonly LabelledPicture[];
  readonly remarks: readonly string[];
}

/** What the readers of all forms are given. */
export interface Reading {
  readonly files: FolderFiles;
  readonly problems: Problems;
  readonly wish: Wish;
  /** Size of a picture of the folder; undefined where its file cannot be read. Asked for once. */
  size(path: string): Promise<PictureSize | undefined>;
}

/** Reads one form of labels; undefined where the folder holds none of it. @throws YosegiError where it is broken as a whole */
export type Form = (reading: Reading) => Promise<Labelled | undefined>;

/** Names that occur, each once: those of `order` first, in its order, then the others by their letters. */
export function namesOf(
  pictures: readonly { readonly annotation: Annotation }[],
  order: readonly string[] = [],
): string[] {
  const seen = new Set(pictures.flatMap(({ annotation }) => annotation.objects.map(({ name }) => name)));
  const listed = order.filter((name) => seen.has(name));
  return [...listed, ...[...seen].filter((name) => !listed.includes(name)).sort()];
}

/** An annotation that says that there is nothing. */
export function nothingIn(size: PictureSize | undefined): Annotation {
  const [height, width] = size?.upright ?? [1, 1];
  return { width, height, objects: [] };
}
