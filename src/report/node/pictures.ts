import sharp from 'sharp';
import { check } from '../../base/errors.ts';
import type { Image } from '../../data/image.ts';
import { decodeDefaults } from '../../data/node/decode.ts';
import { readSource } from '../../data/node/source.ts';
import { intactPictures } from '../../run/node/intact.ts';
import { rootOf } from '../../run/node/split-file.ts';
import type { SplitList } from '../../run/split-list.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';

/** Longer side of a picture on the page, in pixels, where its task asks for no other, and how many there are at most. */
const SIDE = 160;
const MOST = 96;

/**
 * Small JPEGs of pictures of a data folder as `data:` URIs, by name. With a run's `list`, only pictures of it that are as they were when
 * the run began; without one, what belongs to the folder's layout: a name such as `../../x` leads nowhere. What cannot be decoded is
 * left out: the page shows an empty frame with the file's name instead.
 * @throws YosegiError when `folder` holds no data set, or none of the list's pictures that are wanted
 */
export async function thumbnails(
  folder: string,
  task: NodeTask,
  files: readonly string[],
  list?: SplitList,
  side = SIDE,
): Promise<Map<string, string>> {
  const wanted = new Set(files.slice(0, MOST));
  const pictures = new Map<string, string>();
  if (list) {
    const items = list.items.filter(({ path }) => wanted.has(path));
    for await (const { item, image } of intactPictures(list, rootOf(list, folder), items)) {
      const small = await thumbnail(image, side);
      if (small) pictures.set(item.path, small);
    }
    check(
      items.length === 0 || pictures.size > 0,
      () => `${folder} holds none of the pictures that this page shows, as they were when the run began`,
    );
    return pictures;
  }
  const { entries } = await readLayout(folder, task);
  for (const { path, source } of entries) {
    if (!wanted.has(path)) continue;
    const read = await readSource(source, decodeDefaults).catch(() => undefined);
    const small = read && (await thumbnail(read.image, side));
    if (small) pictures.set(path, small);
  }
  return pictures;
}

async function thumbnail({ data, width, height }: Image, side: number): Promise<string | undefined> {
  try {
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality: 80 })
      .toBuffer();
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  } catch {
    return undefined;
  }
}
