import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { check } from '../../../base/errors.ts';
import type { Colour } from '../../../data/draw.ts';
import { ignoreIndex, mask } from '../../../data/geometry/mask.ts';
import { pictureSize } from '../../../data/node/size.ts';
import { fittedMask } from '../../detect/labels/fitted.ts';
import { Problems } from '../../detect/labels/index.ts';
import { imageSets } from '../../detect/node/forms/image-sets.ts';
import { listing } from '../../detect/node/forms/listing.ts';
import type { Entry, Layout } from '../../layout.ts';
import type { FolderFiles } from '../../node/folder-files.ts';
import type { Wish } from '../../node/task.ts';
import { type Split, splitInPath } from '../../splits.ts';
import { maskOfTarget, type SegmentTarget, targetOfMask } from '../target.ts';
import { type MaskFile, readMask } from './mask-file.ts';
import { type MaskNames, maskNames, vocNames } from './mask-names.ts';
import { numberMasks } from './number-masks.ts';
import { type Pair, pairMasks } from './pair-masks.ts';

/** Masks that are decoded at the same time. */
const LANES = 4;

/** A mask's pixels by the number of their value in `codes`, packed: all masks of a data set lie in memory like this. */
interface Packed extends Pick<MaskFile, 'codes' | 'palette'> {
  readonly pair: Pair;
  /** Label i: pixels of value `codes[i]`; those of `codes[0]` are the rest. */
  readonly parts: SegmentTarget;
}

/**
 * Pictures and masks; undefined where there are no masks. Masks of another size than their picture are scaled to it where they have its shape.
 * @throws YosegiError where there are masks, but nothing of them can be used
 */
export async function readMasks(
  files: FolderFiles,
  problems: Problems,
  { classNames }: Wish,
): Promise<Layout<SegmentTarget> | undefined> {
  const { root } = files;
  const { pairs, bare, strays } = pairMasks(files);
  if (pairs.length === 0) return undefined;
  const packed = (await pMap(pairs, (pair) => pack(root, pair, problems), { concurrency: LANES })).flat();
  for (const path of strays) problems.note('label without a picture', path);
  for (const path of bare) problems.note('picture that no label speaks of', path);
  const said = () => problems.remarks().join('; ');
  check(packed.length > 0, () => `no mask of ${root} can be used (${said()})`);
  const codes = new Set(packed.flatMap((one) => one.codes));
  const palette = commonPalette(packed);
  const shown = { ...files, pictures: [...pairs.map(({ picture }) => picture), ...bare] };
  const about = await aboutMasks(shown, problems, codes);
  const names = about.names ?? (classNames && { names: classNames });
  const { classes, labelOf, remarks } = numberMasks({ codes, ...(palette && { palette }) }, names, root);
  check(classes.length <= ignoreIndex, () => `${root} names ${classes.length} classes; a mask holds 255 at most`);
  const entries = packed.map(({ pair, parts, codes: own }): Entry<SegmentTarget> => {
    const labels = own.map((code) => labelOf(code) ?? unknown(code, pair.mask, problems));
    const target = relabelled(parts, labels);
    if (target.parts.every(({ label }) => label === ignoreIndex)) {
      problems.note('picture without any object', pair.picture);
    }
    const split = about.split(pair.picture);
    return {
      path: pair.picture,
      target,
      ...(split && { split }),
      source: { kind: 'file', path: join(root, pair.picture) },
    };
  });
  const kept = about.listed ? entries.filter(({ split }) => split !== undefined) : entries;
  check(
    classNames || kept.some(({ target }) => target.parts.some(({ label }) => label !== ignoreIndex)),
    () => `the masks of ${root} are all of one value: nothing is marked in them`,
  );
  return {
    kind: 'masks',
    about: 'pictures and masks',
    root,
    classes: classes.map((name) => name.normalize()),
    entries: kept,
    remarks: [...remarks, ...problems.remarks()],
  };
}

function unknown(code: number, where: string, problems: Problems): number {
  problems.note('value that no class has', `${where}: ${code}`);
  return ignoreIndex;
}

async function pack(root: string, pair: Pair, problems: Problems): Promise<Packed[]> {
  const { picture, mask: path, others } = pair;
  for (const other of others) problems.note('further mask of a picture', other);
  let read: MaskFile;
  try {
    read = await readMask(join(root, path));
  } catch {
    problems.note('mask that is none', path);
    return [];
  }
  if (read.soft) problems.note('mask with greys between black and white', path);
  const moved = fittedMask(read.mask, await pictureSize(join(root, picture)), path, problems);
  if (!moved) return [];
  return [{ pair, codes: read.codes, ...(read.palette && { palette: read.palette }), parts: targetOfMask(moved) }];
}

/** The palette that all masks with one agree on, as far as it goes. */
function commonPalette(packed: readonly Packed[]): Colour[] | undefined {
  let common: readonly Colour[] | undefined;
  for (const { palette, codes } of packed) {
    if (!palette) return undefined;
    const longer = common && common.length >= palette.length ? common : palette;
    for (const code of codes) {
      if (String(longer[code]) !== String(palette[code])) return undefined;
    }
    common = longer;
  }
  return common && [...common];
}

/** The target with every part's number replaced; parts of one class become one. */
function relabelled({ size, parts }: SegmentTarget, labels: readonly number[]): SegmentTarget {
  const first = labels[0] ?? 0;
  const wanted = parts.map(({ label, runs }) => ({ label: labels[label] ?? 0, runs }));
  const distinct = new Set(wanted.map(({ label }) => label));
  if (first === 0 && !distinct.has(0) && distinct.size === wanted.length) {
    return { size, parts: wanted.sort((a, b) => a.label - b.label) };
  }
  const whole = maskOfTarget({ size, parts });
  return targetOfMask(
    mask(
      whole.width,
      whole.height,
      whole.data.map((i) => labels[i] ?? 0),
    ),
  );
}

/** Splits and names that lie beside the masks. */
interface About {
  readonly names?: MaskNames;
  split(picture: string): Split | undefined;
  /** Whether lists say which pictures belong to the data. */
  readonly listed: boolean;
}

async function aboutMasks(files: FolderFiles, problems: Problems, codes: ReadonlySet<number>): Promise<About> {
  const sets = await imageSets(files, 'segmentation', problems);
  // Of a listing beside masks only the names and splits count: what it says of outlines is in the masks.
  const list = await listing({ files, problems: new Problems(), wish: {}, size: async () => undefined });
  const listed = list && new Map(list.pictures.map(({ path, split }) => [path, split]));
  const voc = sets !== undefined && [...codes].every((code) => code < vocNames.length || code === ignoreIndex);
  const names = (await maskNames(files)) ?? (list ? { names: list.classes } : voc ? { names: vocNames } : undefined);
  return {
    ...(names && { names }),
    split: (path) => (sets ? sets.get(path) : listed?.has(path) ? listed.get(path) : splitInPath(dirname(path))),
    listed: sets !== undefined,
  };
}
