import { join } from 'node:path';
import pMap from 'p-map';
import { check } from '../../../base/errors.ts';
import { mask } from '../../../data/geometry/mask.ts';
import { list, listPictures } from '../../../data/node/files.ts';
import { pictureSize } from '../../../data/node/size.ts';
import { fittedMask } from '../../detect/labels/fitted.ts';
import { Problems } from '../../detect/labels/index.ts';
import type { Entry, Layout } from '../../layout.ts';
import { stemOf } from '../../node/folder-files.ts';
import { isMaskFolder } from '../../node/folder-kinds.ts';
import type { Listing, Wish } from '../../node/task.ts';
import { colourCode, readMask } from '../../segment/node/mask-file.ts';
import { type SegmentTarget, targetOfMask } from '../../segment/target.ts';
import { type Split, splitNamed } from '../../splits.ts';
import { type AnomalyTarget, anomalyClasses } from '../target.ts';

/** Masks that are decoded at the same time. */
const LANES = 4;

interface Kind {
  readonly split: Split;
  readonly folder: string;
  readonly name: string;
}

/**
 * Folders as MVTec AD has them: `train/good`, `test/good`, `test/<kind>`, and `ground_truth/<kind>/<picture>_mask.png`. Undefined where the
 * folder that is trained on holds anything else than good pictures.
 * @throws YosegiError where pictures to train on are in no folder
 */
export async function readMvtec(
  { root, folders }: Listing,
  good: string,
  { guessed, classNames }: Wish,
): Promise<Layout<AnomalyTarget> | undefined> {
  const kinds = await kindsIn(root, folders);
  const learnt = kinds.filter(({ split }) => split === 'train');
  const judged = kinds.filter(({ split }) => split !== 'train');
  const onlyGood = learnt.length === 1 && isNamed(learnt[0]!.name, good);
  if (!onlyGood && !(learnt.length === 0 && classNames && judged.some(({ name }) => isNamed(name, good))))
    return undefined;
  // Nobody has said that it is about anomalies: there must be something to find.
  if (guessed && !judged.some(({ name }) => !isNamed(name, good))) return undefined;
  const problems = new Problems();
  const drawn = await masksIn(root, folders);
  const entries: Entry<AnomalyTarget>[] = [];
  for (const { split, folder, name } of kinds) {
    const bad = !isNamed(name, good);
    const pictures = (await listPictures(join(root, folder))).map((path) => `${folder}/${path}`);
    const targets = await pMap(
      pictures,
      (path) => (bad ? targetOf(root, path, name, drawn, problems) : { anomalous: false }),
      {
        concurrency: LANES,
      },
    );
    pictures.forEach((path, i) => {
      const target = targets[i];
      if (target) entries.push({ path, target, split, source: { kind: 'file', path: join(root, path) } });
    });
  }
  check(entries.length > 0, () => `${root} has folders as MVTec AD, but no pictures in them`);
  const bare = entries.filter(({ target }) => target.anomalous && !target.mask).length;
  const marked = entries.some(({ target }) => target.mask);
  return {
    kind: 'mvtec',
    about: 'good pictures to train on, good ones and others to judge by (as MVTec AD)',
    root,
    classes: anomalyClasses,
    entries,
    remarks: [
      ...(marked && bare > 0
        ? [`anomalous pictures without a mask: ${bare}; they count as pictures, not by pixels`]
        : []),
      ...problems.remarks(),
    ],
  };
}

const isNamed = (name: string, good: string) => name.normalize() === good.normalize();

async function kindsIn(root: string, folders: readonly string[]): Promise<Kind[]> {
  const kinds: Kind[] = [];
  for (const folder of folders) {
    const split = splitNamed(folder);
    if (!split) continue;
    for (const name of (await list(join(root, folder))).folders)
      kinds.push({ split, folder: `${folder}/${name}`, name });
  }
  return kinds;
}

/** Masks by kind and by the picture's name without its extension: `crack/003`. */
async function masksIn(root: string, folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders.filter(isMaskFolder)) {
    for (const path of await listPictures(join(root, folder))) {
      const kind = path.split('/').at(-2) ?? '';
      found.set(`${kind}/${stemOf(path).replace(/[_-]mask$/i, '')}`, `${folder}/${path}`);
    }
  }
  return found;
}

async function targetOf(
  root: string,
  path: string,
  kind: string,
  drawn: ReadonlyMap<string, string>,
  problems: Problems,
): Promise<AnomalyTarget | undefined> {
  const own = drawn.get(`${kind}/${stemOf(path)}`);
  if (own === undefined) return { anomalous: true, kind };
  let found: SegmentTarget | undefined;
  try {
    found = await maskOf(root, path, own, problems);
  } catch {
    problems.note('mask that is none', own);
    return undefined;
  }
  return found && { anomalous: true, kind, mask: found };
}

/** What is not black is anomalous; undefined where the mask belongs to another picture. */
async function maskOf(root: string, path: string, own: string, problems: Problems): Promise<SegmentTarget | undefined> {
  const { mask: read, codes, soft } = await readMask(join(root, own));
  if (soft) problems.note('mask with greys between black and white', own);
  const { width, height, data } = read;
  const plain = mask(
    width,
    height,
    data.map((i) => (isBlack(codes[i]!) ? 0 : 1)),
  );
  const moved = fittedMask(plain, await pictureSize(join(root, path)), own, problems);
  return moved && targetOfMask(moved);
}

const BLACK = colourCode([0, 0, 0]);

/** A grey of 0, or the colour black. */
const isBlack = (code: number) => code === 0 || code === BLACK;
