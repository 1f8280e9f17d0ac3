import { join } from 'node:path';
import { check } from '../../../base/errors.ts';
import { list, listPictures } from '../../../data/node/files.ts';
import type { Layout } from '../../layout.ts';
import { isLabelFolder, isPart, isPictureFolder } from '../../node/folder-kinds.ts';
import type { Listing, Wish } from '../../node/task.ts';
import { type Split, splitNamed } from '../../splits.ts';
import { idxLayout } from './read-idx.ts';
import { splitFileLayout } from './read-split-file.ts';

/**
 * Finds out how a folder holds its pictures, in this order: IDX files; a split.json; train/val/test folders of class folders;
 * class folders. Undefined where it is none of these.
 * @throws YosegiError where it is one, but not as it should be
 */
export async function readClassFolders(
  { root, folders, files }: Listing,
  { classNames }: Wish = {},
): Promise<Layout<number> | undefined> {
  return (
    (await idxLayout(root, files, classNames)) ??
    (files.includes('split.json') ? await splitFileLayout(root) : undefined) ??
    (await splitFolders(root, folders)) ??
    (await classFolders(root, folders, classNames))
  );
}

async function splitFolders(root: string, folders: readonly string[]): Promise<Layout<number> | undefined> {
  const named = folders.flatMap((folder) => {
    const split = splitNamed(folder);
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
    about: 'train/val/test folders',
    root,
    classes,
    remarks,
    entries: found.map(({ path, split, name }) => ({
      path,
      split,
      target: classes.indexOf(name),
      source: { kind: 'file', path: join(root, path) },
    })),
  };
}

async function classFolders(
  root: string,
  folders: readonly string[],
  classNames: readonly string[] = [],
): Promise<Layout<number> | undefined> {
  // A single folder is a class where its name says so.
  const least = folders.some((name) => classNames.includes(name)) ? 1 : 2;
  if (folders.length < least) return undefined;
  const found = await picturesByClass(root, folders);
  const full = found.filter(({ paths }) => paths.length > 0);
  if (full.length < least || full.every(({ name }) => isPart(name)) || isLabelled(folders)) return undefined;
  const remarks: string[] = [];
  const empty = found.filter(({ paths }) => paths.length === 0).map(({ name }) => name);
  if (empty.length > 0) remarks.push(`not used: folders without pictures (${empty.join(', ')})`);
  return {
    kind: 'class-folders',
    about: 'one folder for each class',
    root,
    classes: full.map(({ name }) => name),
    remarks,
    entries: full.flatMap(({ paths }, target) =>
      paths.map((path) => ({ path, target, source: { kind: 'file', path: join(root, path) } as const })),
    ),
  };
}

/** Whether the folders are pictures beside their labels: images and masks, train2017 and annotations. */
function isLabelled(folders: readonly string[]): boolean {
  const holds = (name: string) => isPictureFolder(name) || splitNamed(name.replace(/[-_]?\d+$/, '')) !== undefined;
  return folders.some(isLabelFolder) && folders.some(holds);
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
