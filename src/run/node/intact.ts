import { type Background, type Image, ImageError } from '../../data/image.ts';
import { decodeDefaults } from '../../data/node/decode.ts';
import { readSource } from '../../data/node/source.ts';
import { splits } from '../../tasks/splits.ts';
import type { SplitItem, SplitList } from '../split-list.ts';
import { compareSplit, sourcesOf } from './split-file.ts';

/** Pictures that are looked at together. */
const TOGETHER = 8;

/**
 * The pictures of a run's list one after another, decoded, of `items` those that are in `root` as they were when the run began: what
 * is gone, changed or broken since is passed over. Nothing is read before it is asked for, a few at a time.
 */
export async function* intactPictures(
  list: SplitList,
  root: string,
  items: readonly SplitItem[],
  background: Background = decodeDefaults.background,
): AsyncGenerator<{ readonly item: SplitItem; readonly image: Image }> {
  for (let at = 0; at < items.length; at += TOGETHER) {
    const some = items.slice(at, at + TOGETHER);
    const { gone, changed } = await compareSplit({ ...list, items: some }, root, splits);
    const lost = new Set([...gone, ...changed]);
    const whole = some.filter(({ path }) => !lost.has(path));
    const sources = await sourcesOf(root, whole);
    for (const [i, item] of whole.entries()) {
      try {
        yield { item, image: (await readSource(sources[i]!, { ...decodeDefaults, background })).image };
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
      }
    }
  }
}
