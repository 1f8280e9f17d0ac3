import { messageOf } from '../../base/errors.ts';
import { type Tensor, tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { fit as fitted, type Preprocessing, preprocess } from '../../data/preprocess.ts';
import { patterns } from '../golden.ts';
import type { Manifest } from '../manifest.ts';
import { samplePictures } from './pictures.ts';

/** Most golden images, and most bytes their inputs take. */
const MOST_IMAGES = 8;
const MOST_BYTES = 4 * 2 ** 20;

export interface GoldenPictures {
  readonly pictures: readonly Image[];
  readonly source: Manifest['golden']['source'];
  /** Why they are patterns although pictures were asked for. */
  readonly warning?: string;
}

/** Pictures of the run's data for the golden inputs; patterns where there are none, or none are wanted. */
export async function goldenPictures(
  data: string | undefined,
  p: Preprocessing,
  bytesEach: number,
): Promise<GoldenPictures> {
  const count = Math.max(1, Math.min(MOST_IMAGES, Math.floor(MOST_BYTES / bytesEach)));
  const drawn = { pictures: patterns(count, p.size), source: 'patterns' } as const;
  if (data === undefined) return drawn;
  try {
    const pictures = await samplePictures(data, count, p.background);
    if (pictures.length > 0) return { pictures, source: 'pictures' };
    return { ...drawn, warning: `no picture of ${data} can be read; golden inputs are drawn patterns` };
  } catch (error) {
    return { ...drawn, warning: `golden inputs are drawn patterns, as the data is out of reach: ${messageOf(error)}` };
  }
}

/** The pictures as the model's input: normalised planes, or the bytes after cutting and resizing. */
export function goldenInput(pictures: readonly Image[], p: Preprocessing, embedded: boolean): Tensor {
  if (!embedded) return preprocess(pictures, p);
  const [h, w] = p.size;
  const out = tensor('uint8', [pictures.length, h, w, 3]);
  pictures.forEach((picture, i) => {
    out.data.set(fitted(picture, p).data, i * h * w * 3);
  });
  return out;
}
