import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import { conform, type Fail, jsonOf } from '../base/json.ts';
import type { Split } from '../tasks/splits.ts';

/** The file in a run folder that says which picture belongs to which split. */
export const SPLIT_FILE = 'split.jsonl';

const digits = (n: number) => z.string().regex(new RegExp(`^[0-9a-f]{${n}}$`));
const seed = z.number();
const share = z.number().min(0).max(1);
const origin = z.enum(['given', 'drawn', 'none']);

/** First line of the list. */
const headSchema = z.strictObject({
  format: z.literal(1),
  kind: z.literal('yosegi-split'),
  /** Name of the task that the targets are of. */
  task: z.string(),
  layout: z.strictObject({ kind: z.string(), about: z.string() }),
  /** Where the pictures' root lies in the folder of images: '' or a path with '/'. */
  under: z.string(),
  classes: z.array(z.string()),
  /** Whether each split came with the data or was drawn. */
  origin: z.strictObject({ train: origin, val: origin, test: origin }),
  drawn: z.strictObject({ seed, valFraction: share, testFraction: share }),
  /** SHA-256 of the files that hold many pictures each, by path below the root. */
  files: z.record(z.string(), digits(64)),
});
export type SplitHead = z.infer<typeof headSchema>;

const itemSchema = z.strictObject({
  /** Relative to the root, with '/' between; unique. */
  path: z.string().min(1),
  split: z.enum(['train', 'val', 'test']),
  /** What is known of the picture; the task's own schema says more. */
  target: z.unknown(),
  /** In pixels, upright. */
  width: z.int().min(1),
  height: z.int().min(1),
  /** Equal for equal size and pixels. */
  pixels: digits(32),
  /** SHA-256 of the file; absent for a picture among others in one of `files`, unless that was replaced. */
  sha256: digits(64).optional(),
  /** The file below the root, where it is not called like the picture. */
  file: z.string().min(1).optional(),
  /** Which picture of that file. */
  index: z.int().min(0).optional(),
});
export type SplitItem = z.infer<typeof itemSchema>;

/** What of a picture is another one when its file is replaced. */
export const replacedSchema = itemSchema.pick({ width: true, height: true, pixels: true, sha256: true });
export type Replaced = z.infer<typeof replacedSchema>;

/** The split of a run as it was settled when the run began: it never changes, whatever happens to the folder. */
export interface SplitList {
  readonly head: SplitHead;
  /** In the order in which training sees them. */
  readonly items: readonly SplitItem[];
}

export const itemsOf = ({ items }: SplitList, split: Split): SplitItem[] => items.filter((i) => i.split === split);

/** The list after pictures were replaced. */
export const withReplaced = (
  { head, items }: SplitList,
  replaced: Readonly<Record<string, Replaced>> = {},
): SplitList => ({
  head,
  items: items.map((item) => ({ ...item, ...(Object.hasOwn(replaced, item.path) && replaced[item.path]) })),
});

/** The list as lines of JSON. */
export const splitText = ({ head, items }: SplitList): string =>
  [head, ...items].map((line) => `${JSON.stringify(line)}\n`).join('');

/** Parts whose hash stands for the whole list; the order of the items does not matter. */
export function splitParts({ head, items }: SplitList): string[] {
  return [JSON.stringify(head), ...items.map((i) => JSON.stringify(i)).sort()];
}

/** Reads what {@link splitText} wrote; `path` is for messages. Throws a YosegiError that names the line that is wrong. */
export function parseSplit(text: string, path: string): SplitList {
  const lines = text.split('\n').filter((line) => line !== '');
  const read = <T>(line: string, schema: z.ZodType<T>, number: number): T => {
    const fail: Fail = (problem, cause) =>
      new YosegiError(`${path}, line ${number}, ${problem}. It was changed since the run began: train anew`, { cause });
    return conform(jsonOf(line, fail), schema, fail);
  };
  const [first, ...rest] = lines;
  check(first !== undefined, () => `${path} is empty: it was changed since the run began: train anew`);
  const head = read(first, headSchema, 1);
  const items = rest.map((line, i) => read(line, itemSchema, i + 2));
  const twice = new Set<string>();
  for (const { path: p } of items) {
    check(!twice.has(p), () => `${path} names ${p} twice: it was changed since the run began: train anew`);
    twice.add(p);
  }
  return { head, items };
}

/** What of a list is no longer as it was; paths as in the list. */
export interface SplitChanges {
  /** No longer there. */
  readonly gone: readonly string[];
  /** There, with another content. */
  readonly changed: readonly string[];
  /** In the folder, and not in the list. */
  readonly added: readonly string[];
}

/** A count and the first few names: `3 (a/1.jpg, a/2.jpg, …)`. */
export function someFiles(files: readonly string[], most = 3): string {
  return `${files.length} (${files.slice(0, most).join(', ')}${files.length > most ? ', …' : ''})`;
}
