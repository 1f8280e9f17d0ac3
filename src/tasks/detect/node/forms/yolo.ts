import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { check, messageOf, YosegiError } from '../../../../base/errors.ts';
import { readText } from '../../../../base/node/bounded.ts';
import { type FolderFiles, keyOf, PictureFinder, segments } from '../../../node/folder-files.ts';
import { type Split, splitInPath, splits } from '../../../splits.ts';
import { type Annotation, yoloLabels, yoloNames } from '../../labels/index.ts';
import { type Form, type LabelledPicture, nothingIn, type Reading } from './labelled.ts';
import { labelIn, linesIn, linesOf } from './texts.ts';

/** A class and at least four shares. */
const line = /^\d+(\s+[-+.\deE]+){4,}$/;
/** Texts that are no labels. */
const noLabels = /^(classes|labels|readme.*|notes|obj|requirements|licen[cs]e|train|val|valid|test)\.txt$/i;
/** Labels that are looked at to find out whether they are YOLO's. */
const TRIED = 20;

/**
 * YOLO's text files, one a picture: images/ and labels/, in either order with the splits' folders, or beside the pictures. Names and
 * splits come from data.yaml, where there is one (folders or lists of pictures), from classes.txt (Label Studio) or obj.names (CVAT).
 * A picture without a file shows nothing. Shares are of the upright picture, as YOLO's own readers take them.
 */
export const yolo: Form = async (reading) => {
  const { files, problems, wish, size } = reading;
  const yaml = await dataYaml(files);
  const texts = new Map(
    files
      .labels('.txt')
      .filter((path) => !noLabels.test(path.slice(path.lastIndexOf('/') + 1)))
      .map((path) => [keyOf(path), path]),
  );
  const paired = files.pictures.filter((path) => texts.has(keyOf(path)));
  if (
    !yaml &&
    !(await speakYolo(
      reading,
      paired.map((path) => texts.get(keyOf(path))!),
    ))
  )
    return undefined;
  const remarks: string[] = [];
  const placed = yaml ? await yamlSplits(files, yaml, problems, remarks) : listedSplits(files);
  const names = (
    yaml?.names ??
    (await linesIn(files, ['classes.txt', 'obj.names', 'labels.txt', 'labels/classes.txt'])) ??
    wish.classNames ??
    (await numbers(reading, [...texts.values()]))
  ).map((name) => name.normalize());
  const keys = new Set(files.pictures.map((path) => keyOf(path)));
  for (const [key, path] of texts) if (!keys.has(key) && yaml) problems.note('label without a picture', path);
  const pictures: LabelledPicture[] = [];
  for (const [path, split] of placed) {
    const where = texts.get(keyOf(path));
    const actual = await size(path);
    let annotation: Annotation | 'broken' | undefined = nothingIn(actual);
    if (where === undefined) problems.note('picture without a label', path);
    // What cannot be decoded is told later, with the reason.
    else if (actual) {
      annotation = await labelIn(files, where, problems, (text) =>
        yoloLabels(text, names, actual.upright, where, problems),
      );
    }
    if (annotation && annotation !== 'broken') pictures.push({ path, split, where: where ?? path, annotation });
  }
  return { kind: 'yolo', about: 'labels in YOLO’s text files', classes: names, pictures, remarks };
};

interface DataYaml {
  readonly path: string;
  readonly names: readonly string[];
  readonly tree: Readonly<Record<string, unknown>>;
}

/** The YAML file in the folder that names classes. */
async function dataYaml({ root, labels }: FolderFiles): Promise<DataYaml | undefined> {
  for (const path of [...labels('.yaml'), ...labels('.yml')].filter((p) => !p.includes('/'))) {
    const where = join(root, path);
    let tree: unknown;
    try {
      tree = parse(await readText(where));
    } catch (error) {
      // It may be anything else than a list of classes, too.
      if (!/^data\.ya?ml$/i.test(path)) continue;
      throw new YosegiError(`${where} is no YAML that can be read: ${messageOf(error)}`);
    }
    if (typeof tree !== 'object' || tree === null || !('names' in tree)) continue;
    return { path, names: yoloNames(tree, where), tree: { ...tree } };
  }
  return undefined;
}

/** Whether one of the first labels is YOLO's. */
async function speakYolo({ files }: Reading, labels: readonly string[]): Promise<boolean> {
  for (const path of labels.slice(0, TRIED)) {
    const [first] = linesOf(await readText(join(files.root, path)).catch(() => ''));
    if (first !== undefined) return line.test(first);
  }
  return false;
}

/** Classes named by their numbers, up to the highest that occurs. */
async function numbers({ files }: Reading, labels: readonly string[]): Promise<string[]> {
  let highest = 0;
  for (const path of labels) {
    for (const one of linesOf(await readText(join(files.root, path)).catch(() => ''))) {
      if (line.test(one)) highest = Math.max(highest, Number.parseInt(one, 10));
    }
  }
  check(
    highest < 10_000,
    () => `${files.root} has labels of class ${highest}, and no data.yaml or classes.txt that names it`,
  );
  return Array.from({ length: highest + 1 }, (_, i) => `${i}`);
}

/** All pictures, with the splits that their folders say. */
function listedSplits({ pictures }: FolderFiles): Map<string, Split | undefined> {
  return new Map(pictures.map((path) => [path, splitInPath(dirname(path))]));
}

/**
 * The pictures that a data.yaml speaks of. Its paths are those of the computer that wrote it: the end of each is looked for.
 * @throws YosegiError when its training pictures are not there
 */
async function yamlSplits(
  files: FolderFiles,
  { path: yaml, tree }: DataYaml,
  problems: Reading['problems'],
  remarks: string[],
): Promise<Map<string, Split | undefined>> {
  const finder = new PictureFinder(files.pictures);
  const base = typeof tree.path === 'string' ? tree.path : '';
  const found = new Map<Split, string[]>();
  for (const split of splits) {
    const given = [tree[split] ?? (split === 'val' ? tree.valid : undefined)].flat();
    const places = given.filter((place) => typeof place === 'string');
    const inside: string[] = [];
    for (const place of places) {
      const pictures = await picturesAt(files, finder, base, place, problems);
      if (pictures.length === 0) remarks.push(`${yaml} names ${place} for ${split}, and no pictures are there`);
      inside.push(...pictures);
    }
    if (inside.length > 0) found.set(split, [...new Set(inside)]);
  }
  if (![...splits].some((split) => tree[split] !== undefined)) return listedSplits(files);
  const train = found.get('train');
  check(
    train !== undefined || found.size > 0,
    () => `${join(files.root, yaml)} names pictures that are not there (${remarks.join('; ')}): put it above them`,
  );
  const placed = new Map<string, Split | undefined>();
  for (const split of splits) {
    const pictures = found.get(split) ?? [];
    const known = pictures.filter((path) => placed.has(path));
    if (known.length > 0 && known.length === pictures.length) {
      remarks.push(`${yaml} gives the same pictures for train and ${split}: not taken for a split`);
      continue;
    }
    // A folder within another one: the inner one says more.
    for (const path of pictures) placed.set(path, split);
  }
  for (const path of files.pictures) if (!placed.has(path)) problems.note('picture that no label speaks of', path);
  return placed;
}

/** The pictures of a place in a data.yaml: those in a folder, or those that a list names. */
async function picturesAt(
  files: FolderFiles,
  finder: PictureFinder,
  base: string,
  place: string,
  problems: Reading['problems'],
): Promise<string[]> {
  const parts = [...segments(base), ...segments(place)];
  if (place.toLowerCase().endsWith('.txt')) {
    const lists = new PictureFinder(files.labels('.txt'));
    const list = lists.find(parts.join('/'));
    if (list === undefined) return [];
    const folder = dirname(list) === '.' ? '' : dirname(list);
    return linesOf(await readText(join(files.root, list))).flatMap((name) => {
      const path = finder.find(name, [folder, '']);
      if (path === undefined) problems.note('listed picture that is not there', `${list}, ${name}`);
      return path === undefined ? [] : [path];
    });
  }
  for (let i = 0; i <= parts.length; i++) {
    const folder = parts
      .slice(i)
      .map((part) => `${part}/`)
      .join('');
    // The folder itself only where it was meant.
    if (folder === '' && segments(place).length > 0) break;
    const inside = files.pictures.filter((path) => path.normalize().startsWith(folder));
    if (inside.length > 0) return inside;
  }
  return [];
}
