import { join } from 'node:path';
import { check, oneOf } from '../../../base/errors.ts';
import { kindOf, list } from '../../../data/node/files.ts';
import { readClassFolders } from '../../classify/node/read.ts';
import type { Layout } from '../../layout.ts';
import type { Listing, Wish } from '../../node/task.ts';
import { readSegment } from '../../segment/node/read.ts';
import { anomalyReading } from '../options.ts';
import { type AnomalyTarget, anomalyClasses } from '../target.ts';
import { ofParts } from './marked.ts';
import { readMvtec } from './read-mvtec.ts';

/** How a folder may hold good pictures and others, for messages. */
export const anomalyExpects =
  'DIR/train/good/*, and DIR/test/good/* and DIR/test/<kind>/* to judge by, with DIR/ground_truth/<kind>/*_mask.png where anomalies are drawn (as MVTec AD); ' +
  'with --task anomaly also class folders (--good <class> says which is good), and pictures with masks or outlines, of which those with nothing marked are good';

const reading = anomalyReading.loose();

/**
 * Finds out how a folder holds good pictures and others. Where nobody has said what the data is for, only MVTec's layout is taken; else also
 * class folders of which one is good, and marked pictures.
 * @throws YosegiError where it holds some of these, but not as it should
 */
export async function readAnomaly(listing: Listing, wish: Wish = {}): Promise<Layout<AnomalyTarget> | undefined> {
  const { good } = reading.parse(wish.options ?? {});
  const layout = await found(listing, wish, good);
  if (!layout || wish.classNames) return layout;
  const enough = layout.entries.some(({ target, split = 'train' }) => !target.anomalous && split === 'train');
  check(enough, () => `${layout.root} has no good pictures to learn from: ${anomalyExpects}`);
  return layout;
}

async function found(listing: Listing, wish: Wish, good: string | undefined) {
  const mvtec = await readMvtec(listing, good ?? 'good', wish);
  if (mvtec || wish.guessed) return mvtec;
  await checkOneOnly(listing);
  if (good !== undefined) return ofClasses(listing, good);
  return (await ofMarked(listing)) ?? (await withoutGood(listing));
}

/** Class folders of which one is good. */
async function ofClasses(listing: Listing, good: string): Promise<Layout<AnomalyTarget> | undefined> {
  const { root, folders } = listing;
  const name = good.normalize();
  // A folder with good pictures alone is enough for a model that is there already.
  const known = folders.some((folder) => folder.normalize() === name) ? [name] : undefined;
  const layout = await readClassFolders(listing, { classNames: known });
  // A folder that holds only one is entered.
  if (!layout && folders.length === 1) return undefined;
  check(
    layout,
    () =>
      `${root} has no class folders of which ${good} could be one: leave out --good, or give a folder for each class`,
  );
  oneOf('class', name, layout.classes);
  return {
    ...layout,
    about: `${layout.about}, of which ${name} is good`,
    classes: anomalyClasses,
    entries: layout.entries.map(({ target, ...entry }) => {
      const kind = layout.classes[target]!;
      return { ...entry, target: kind === name ? { anomalous: false } : { anomalous: true, kind } };
    }),
  };
}

/** Pictures with masks or outlines: those with nothing marked are good. */
async function ofMarked(listing: Listing): Promise<Layout<AnomalyTarget> | undefined> {
  const layout = await readSegment(listing);
  if (!layout) return undefined;
  return {
    ...layout,
    about: `${layout.about}; those with nothing marked are good`,
    classes: anomalyClasses,
    entries: layout.entries.map(({ target, ...entry }) => ({ ...entry, target: ofParts(target, layout.classes) })),
  };
}

/** Class folders, and nobody has said which class is good. */
async function withoutGood(listing: Listing): Promise<undefined> {
  const layout = await readClassFolders(listing).catch(() => undefined);
  check(
    !layout,
    () =>
      `say which class is good: --good <class>. ${listing.root} has ${layout!.classes.join(', ')}; all others are anomalous then`,
  );
  return undefined;
}

/** @throws YosegiError where a folder holds several data sets, as MVTec AD does when it is unpacked whole */
async function checkOneOnly({ root, folders }: Listing): Promise<void> {
  const sets: string[] = [];
  for (const folder of folders) {
    const inside = join(root, folder, 'train');
    if ((await kindOf(inside)) === 'folder' && (await list(inside)).folders.length === 1) sets.push(folder);
  }
  check(
    sets.length < 2,
    () =>
      `${root} holds several data sets (${sets.slice(0, 4).join(', ')}${sets.length > 4 ? ', …' : ''}): give one of them, ${join(root, sets[0]!)}`,
  );
}
