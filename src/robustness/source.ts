import { random } from '../base/random.ts';
import type { Image } from '../data/image.ts';
import { denormalised, normalised, type Preprocessing } from '../data/preprocess.ts';
import type { Batch, BatchSource } from '../tasks/batch.ts';
import { type Condition, kinds } from './conditions.ts';

/** What a file format makes of a picture: the one thing that needs a codec. */
export type Recompress = (picture: Image, quality: number) => Promise<Image>;

/**
 * The same batches as a camera under this condition would give them. Pictures are changed as the network sees them, at the input's size
 * and in bytes, so that strengths mean the same whatever the camera's resolution; what is random in it depends on the seed, the condition
 * and the picture alone.
 */
export function disturbedSource<T>(
  source: BatchSource<T>,
  p: Preprocessing,
  condition: Condition,
  { seed, recompress }: { readonly seed: number; readonly recompress: Recompress },
): BatchSource<T> {
  const { kind, strength } = condition;
  const { apply } = kinds[kind];
  const disturbed = async (picture: Image, batch: Batch<T>, i: number): Promise<Image> => {
    if (!apply) return recompress(picture, strength);
    apply(picture, strength, random(seed, 'condition', kind, strength, batch.indices[i]!, i));
    return picture;
  };
  return {
    ...source,
    batch: async (epoch, index) => {
      const batch = await source.batch(epoch, index);
      const pictures = denormalised(batch.images, p);
      return {
        ...batch,
        images: normalised(await Promise.all(pictures.map((picture, i) => disturbed(picture, batch, i))), p),
      };
    },
  };
}
