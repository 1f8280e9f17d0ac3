import { Problems } from '../../detect/labels/index.ts';
import type { Layout } from '../../layout.ts';
import { folderFiles } from '../../node/folder-files.ts';
import type { Listing, Wish } from '../../node/task.ts';
import type { SegmentTarget } from '../target.ts';
import { readMasks } from './read-masks.ts';
import { readOutlines } from './read-outlines.ts';

/** How a folder may hold pictures with masks, for messages. */
export const segmentExpects =
  'pictures with masks (images and masks; JPEGImages and SegmentationClass; train/images and train/masks; a.jpg and a_mask.png), ' +
  'whose values are numbers of classes, colours (with a labelmap.txt), or black and white; outlines in COCO’s, labelme’s or YOLO’s form';

/**
 * Finds out how a folder holds pictures with masks, or with outlines (where the task was not guessed: outlines speak for detection).
 * Class 0 is the background. Undefined where it holds neither.
 * @throws YosegiError where it does, but nothing of them can be used
 */
export async function readSegment({ root }: Listing, wish: Wish = {}): Promise<Layout<SegmentTarget> | undefined> {
  const files = await folderFiles(root);
  const masks = await readMasks(files, new Problems(), wish);
  return masks ?? (wish.guessed ? undefined : await readOutlines(files, new Problems(), wish));
}
