import sharp from 'sharp';
import { decodeDefaults } from '../../data/node/decode.ts';
import { readSource } from '../../data/node/source.ts';
import { readLayout } from '../../tasks/node/read-layout.ts';
import type { NodeTask } from '../../tasks/node/task.ts';

/** Longer side of a picture on the page, in pixels, and how many there are at most. */
const SIDE = 160;
const MOST = 96;

/**
 * Small JPEGs of pictures of a data folder as `data:` URIs, by name. Only what belongs to the folder's layout is read, so a
 * name such as `../../x` leads nowhere; what cannot be decoded is left out.
 * @throws YosegiError when `folder` holds no data set
 */
export async function thumbnails(
  folder: string,
  task: NodeTask,
  files: readonly string[],
): Promise<Map<string, string>> {
  const wanted = new Set(files.slice(0, MOST));
  const { entries } = await readLayout(folder, task);
  const pictures = new Map<string, string>();
  for (const { path, source } of entries) {
    if (!wanted.has(path)) continue;
    try {
      const { image } = await readSource(source, decodeDefaults);
      const { width, height } = image;
      const jpeg = await sharp(image.data, { raw: { width, height, channels: 3 } })
        .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
        .jpeg({ quality: 80 })
        .toBuffer();
      pictures.set(path, `data:image/jpeg;base64,${jpeg.toString('base64')}`);
    } catch {
      // The page shows an empty frame with the file's name instead.
    }
  }
  return pictures;
}
