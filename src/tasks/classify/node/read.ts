import { join, resolve } from 'node:path';
import { check, YosegiError } from '../../../base/errors.ts';
import { kindOf, list, listPictures } from '../../../data/node/files.ts';
import type { ItemSource } from '../../../data/node/source.ts';
import type { Split } from '../../splits.ts';
import { idxLayout } from './read-idx.ts';
import { splitFileLayout } from './read-split-file.ts';

/** A picture that should be there, before anyone looked into it. */
export interface Entry {
  /** Relative to the folder, with '/' between; unique. */
  readonly path: string;
  readonly label: number;
  /** The split it is given to; undefined when the split is still to be drawn. */
  readonly split?: Split;
  readonly source: ItemSource;
}

/** What a folder of pictures turned out to be. */
export interface Layout {
  readonly kind: 'class-folders' | 'split-folders' | 'split-file' | 'idx';
  /** The folder that paths are relative to. */
  readonly root: string;
  readonly classes: readonly string[];
  readonly entries: readonly Entry[];
  /** What was left aside, and other oddities, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Finds out how a folder holds its pictures; no flags needed. In this order: IDX files; a split.json; train/val/test
 * folders of class folders; class folders. A folder that holds only one folder is entered.
 * @throws YosegiError that says what was seen and what is expected
 */
export async function detectLayout(dir: string, classNames?: readonly string[]): Promise<Layout> {
  const top = resolve(dir);
  check((await kindOf(top)) === 'folder', () => `there is no folder ${top}`);
  let root = top;
  for (let depth = 0; ; depth++) {
    const { folders, files } = await list(root);
    const layout =
      (await idxLayout(root, files, classNames)) ??
      (files.includes('split.json') ? await splitFileLayout(root) : undefined) ??
      (await splitFolders(root, folders)) ??
      (await classFolders(root, folders));
    if (layout) return layout;
    if (folders.length !== 1 || depth === 3) throw await nothingFound(top);
    root = join(root, folders[0]!);
  }
}

/** Spellings of the three splits. */
const spellings = new Map<string, Split>([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
]);

async function splitFolders(root: string, folders: readonly string[]): Promise<Layout | undefined> {
  const named = folders.flatMap((folder) => {
    const split = spellings.get(folder.toLowerCase());
    return split ? [{ folder, split }] : [];
  });
  if (!named.some(({ split }) => split === 'train')) return undefined;
  const remarks: string[] = [];
  const found: { path: string; split: Split; name: string }[] = [];
  for (const { folder, split } of named) {
    check(
      named.filter((other) => other.split === split).length === 1,
      () => `${root} has more than one ${split} folder: keep one of ${named.map((n) => n.folder).join(', ')}`,
    );
    const inside = await list(join(root, folder));
    check(
      inside.folders.length > 0,
      () => `${join(root, folder)} has no class folders: put its pictures into one folder for each class`,
    );
    const classes = await picturesByClass(join(root, folder), inside.folders);
    for (const { name, paths } of classes) {
      for (const path of paths) found.push({ path: `${folder}/${path}`, split, name });
    }
  }
  const ignored = folders.filter((folder) => !named.some((n) => n.folder === folder));
  if (ignored.length > 0) remarks.push(`not used: the folders ${ignored.join(', ')}`);
  const classes = [...new Set(found.map(({ name }) => name))].sort();
  const strange = classes.find((name) => !found.some((f) => f.name === name && f.split === 'train'));
  check(
    strange === undefined,
    () => `class '${strange}' has no pictures in the train folder: use the same folder names in train, val and test`,
  );
  atLeastTwo(classes, root);
  return {
    kind: 'split-folders',
    root,
    classes,
    remarks,
    entries: found.map(({ path, split, name }) => ({
      path,
      split,
      label: classes.indexOf(name),
      source: { kind: 'file', path: join(root, path) },
    })),
  };
}

/** Folders that part one data set by kind of file, not by class. */
const parts = new Set(['images', 'image', 'jpegimages', 'masks', 'mask', 'labels', 'annotations', 'depth']);

async function classFolders(root: string, folders: readonly string[]): Promise<Layout | undefined> {
  if (folders.length < 2) return undefined;
  const found = await picturesByClass(root, folders);
  const full = found.filter(({ paths }) => paths.length > 0);
  if (full.length < 2 || full.every(({ name }) => parts.has(name.toLowerCase()))) return undefined;
  const remarks: string[] = [];
  const empty = found.filter(({ paths }) => paths.length === 0).map(({ name }) => name);
  if (empty.length > 0) remarks.push(`not used: folders without pictures (${empty.join(', ')})`);
  return {
    kind: 'class-folders',
    root,
    classes: full.map(({ name }) => name),
    remarks,
    entries: full.flatMap(({ paths }, label) =>
      paths.map((path) => ({ path, label, source: { kind: 'file', path: join(root, path) } as const })),
    ),
  };
}

/**
 * The pictures of each class folder. macOS spells é as two characters where others take one: names are compared, and kept, as one
 * (NFC); paths stay as they are on the disk.
 */
async function picturesByClass(root: string, folders: readonly string[]): Promise<{ name: string; paths: string[] }[]> {
  const found = new Map<string, string[]>();
  for (const folder of folders) {
    const paths = (await listPictures(join(root, folder))).map((path) => `${folder}/${path}`);
    const name = folder.normalize();
    found.set(name, [...(found.get(name) ?? []), ...paths]);
  }
  return [...found].map(([name, paths]) => ({ name, paths }));
}

function atLeastTwo(classes: readonly string[], root: string): void {
  check(classes.length >= 2, () => `${root} has pictures of ${classes.length} class; a classifier needs at least two`);
}

async function nothingFound(dir: string): Promise<YosegiError> {
  const pictures = (await listPictures(dir)).length;
  const seen = pictures === 0 ? 'no pictures' : `${pictures} pictures, but not in one folder for each class`;
  return new YosegiError(
    `${dir} holds ${seen}. Expected is one of: DIR/<class>/*.jpg with at least two classes; DIR/train/<class>/* and ` +
      'DIR/test/<class>/* (and val); class folders with a split.json {classes, train, test}; IDX files such as ' +
      'train-images-idx3-ubyte.gz.',
  );
}
