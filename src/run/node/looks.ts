import pMap from 'p-map';
import type { Image } from '../../data/image.ts';
import { useSource } from '../../data/node/source.ts';
import { fit as fitTo, type Preprocessing } from '../../data/preprocess.ts';
import { lookOf } from '../../feed/copies.ts';
import type { Small } from '../../feed/near.ts';
import type { Dataset, Item } from '../../feed/node/dataset.ts';

/** What `use` makes of each picture, fitted to a network's size; the pictures themselves are not kept. */
const each = <T>(
  { engine }: Dataset,
  items: readonly Item[],
  p: Preprocessing,
  use: (picture: Image) => T,
  onPicture: (done: number, of: number) => void = () => {},
): Promise<T[]> => {
  let done = 0;
  return pMap(
    items,
    ({ source }) =>
      useSource(source, engine.decode, ({ image }) => {
        const made = use(fitTo(image, p));
        onPicture(++done, items.length);
        return made;
      }),
    { concurrency: 4 },
  );
};

/** Pictures of a data set as a network sees them. */
export const pixelsOf = (dataset: Dataset, items: readonly Item[], p: Preprocessing): Promise<Image[]> =>
  each(dataset, items, p, (picture) => picture);

/** By what they are compared with others: 260 bytes a picture, so that all of a large set can be known at once. */
export const looksOf = (
  dataset: Dataset,
  items: readonly Item[],
  p: Preprocessing,
  onPicture?: (done: number, of: number) => void,
): Promise<Small[]> => each(dataset, items, p, lookOf, onPicture);
