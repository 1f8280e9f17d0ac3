import { dirname } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import type { Size } from '../../../../data/geometry/placement.ts';
import { keyOf, PictureFinder } from '../../../node/folder-files.ts';
import { splitInPath } from '../../../splits.ts';
import { vocLabels } from '../../labels/index.ts';
import { imageSets } from './image-sets.ts';
import { type Form, type LabelledPicture, namesOf, nothingIn, type Reading } from './labelled.ts';
import { labelIn, linesIn } from './texts.ts';

/**
 * Pascal VOC's XML, one file a picture: JPEGImages and Annotations, with ImageSets/Main/train.txt … where there are; images and
 * annotations; or beside the pictures. A picture without a file shows nothing.
 */
export const voc: Form = async (reading) => {
  const { files, problems, size } = reading;
  const labels = await xmlLabels(reading);
  if (!labels) return undefined;
  const { trees, broken, firstPixel } = labels;
  const sets = await imageSets(files, 'main', problems);
  const pictures: LabelledPicture[] = [];
  for (const path of sets?.keys() ?? files.pictures) {
    const split = sets ? sets.get(path) : splitInPath(dirname(path));
    const label = trees.get(path);
    if (!label) {
      const annotation = nothingIn(await size(path));
      if (!broken.has(path)) pictures.push({ path, split, where: path, annotation });
      continue;
    }
    const { path: where, tree } = label;
    try {
      const whole = withSize(tree, (await size(path))?.upright);
      pictures.push({ path, split, where, annotation: vocLabels(whole, where, problems, { firstPixel }) });
    } catch {
      problems.note('unreadable label file', where);
    }
  }
  // A split without a single label is one whose labels were kept back, not one of empty pictures.
  const labelled = new Set(pictures.filter(({ path, where }) => path !== where).map(({ split }) => split));
  const withheld = new Set(pictures.map(({ split }) => split).filter((split) => !labelled.has(split)));
  const remarks = [...withheld].map((s) => `not used: the ${s ?? 'other'} pictures, as none of them has a label`);
  const kept = pictures.filter(({ split }) => labelled.has(split));
  for (const { path, where } of kept) if (path === where) problems.note('picture without a label', path);
  if (firstPixel === 0)
    remarks.push('boxes count pixels from 0, as some have a 0 or a fraction; by VOC’s rule it is 1');
  const order = await linesIn(files, ['classes.txt', 'labels.txt']);
  return { kind: 'voc', about: 'labels in Pascal VOC’s XML', classes: namesOf(kept, order), pictures: kept, remarks };
};

interface XmlLabels {
  /** By the picture's path. */
  readonly trees: ReadonlyMap<string, { readonly path: string; readonly tree: unknown }>;
  /** Pictures whose label cannot be read. */
  readonly broken: ReadonlySet<string>;
  readonly firstPixel: 0 | 1;
}

/** All labels that are VOC's, each for the picture of its name, else for the one that it names; undefined where there are none. */
async function xmlLabels({ files, problems }: Reading): Promise<XmlLabels | undefined> {
  const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false });
  const keys = new Map(files.pictures.map((path) => [keyOf(path), path]));
  const finder = new PictureFinder(files.pictures);
  const trees = new Map<string, { path: string; tree: unknown }>();
  const strays: { path: string; tree: unknown; name: string | undefined }[] = [];
  const broken = new Set<string>();
  let firstPixel: 0 | 1 = 1;
  for (const path of files.labels('.xml')) {
    const label = await labelIn(files, path, problems, (text) => {
      if (!/<annotation\b/.test(text)) return undefined;
      const name = /<filename>\s*([^<]*?)\s*<\/filename>/.exec(text)?.[1];
      return { path, tree: parser.parse(text, true) as unknown, name, zero: countsFromZero(text) };
    });
    const picture = keys.get(keyOf(path));
    if (label === 'broken') {
      if (picture !== undefined) broken.add(picture);
    } else if (label) {
      if (label.zero) firstPixel = 0;
      if (picture === undefined) strays.push(label);
      else trees.set(picture, label);
    }
  }
  for (const stray of strays) {
    const picture = stray.name ? finder.find(stray.name) : undefined;
    if (picture === undefined || trees.has(picture)) problems.note('label without a picture', stray.path);
    else trees.set(picture, stray);
  }
  return trees.size + strays.length > 0 ? { trees, broken, firstPixel } : undefined;
}

/** VOC counts pixels from 1, as whole numbers; tools that write a 0 or a fraction do not. */
function countsFromZero(text: string): boolean {
  return [...text.matchAll(/<[xy]min>([^<]*)/g)].some(([, written]) => {
    const n = Number.parseFloat(written!);
    return Number.isFinite(n) && ((n > -1 && n < 1) || !Number.isInteger(n));
  });
}

/** The tree with the picture's size where it says none. */
function withSize(tree: unknown, actual: Size | undefined): unknown {
  const { annotation } = tree as { annotation?: { size?: { width?: unknown; height?: unknown } } };
  if (!actual || typeof annotation !== 'object' || annotation === null) return tree;
  const { width, height } = annotation.size ?? {};
  if (Number(width) > 0 && Number(height) > 0) return tree;
  return { annotation: { ...annotation, size: { width: actual[1], height: actual[0] } } };
}
