import sharp from 'sharp';
import { messageOf } from '../../base/errors.ts';
import { type Tensor, tensor } from '../../base/tensor.ts';
import type { Image } from '../../data/image.ts';
import { fit as fitted, type Preprocessing, preprocess } from '../../data/preprocess.ts';
import { resize } from '../../data/resize/resize.ts';
import type { LoadedRun } from '../../run/node/run-folder.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
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
  loaded: Pick<LoadedRun, 'folder' | 'run'>,
  task: NodeTask,
  bytesEach: number,
  wanted: boolean,
): Promise<GoldenPictures> {
  const { data, preprocessing: p } = loaded.run;
  const count = Math.max(1, Math.min(MOST_IMAGES, Math.floor(MOST_BYTES / bytesEach)));
  const drawn = { pictures: patterns(count, p.size), source: 'patterns' } as const;
  if (!wanted) return drawn;
  try {
    const pictures = await samplePictures(loaded, task, count);
    if (pictures.length > 0) return { pictures: pictures.map((x) => reduced(x, p)), source: 'pictures' };
    return {
      ...drawn,
      warning: `no picture of ${data} is as it was when the run began, and can be read; golden inputs are drawn patterns`,
    };
  } catch (error) {
    return { ...drawn, warning: `golden inputs are drawn patterns, as the data is out of reach: ${messageOf(error)}` };
  }
}

/** Golden pictures that go along themselves, to be replayed from the file on. */
const MOST_PICTURES = 4;
/** How much larger than the network's input a golden picture is, so that cutting and resizing are replayed too. */
const SPARE = 1.5;

/** A photograph made small, before anything is computed from it; a small one stays as it is. */
function reduced(picture: Image, p: Preprocessing): Image {
  const wanted = (SPARE * Math.max(...p.size)) / p.cropPct;
  const ratio = wanted / Math.min(picture.width, picture.height);
  if (ratio >= 1) return picture;
  const side = (n: number) => Math.max(1, Math.round(n * ratio));
  return resize(picture, side(picture.width), side(picture.height), 'bicubic');
}

/** The first golden pictures as files of a bundle; PNG keeps every byte. */
export async function pictureFiles(pictures: readonly Image[]): Promise<(readonly [path: string, png: Uint8Array])[]> {
  return Promise.all(
    pictures.slice(0, MOST_PICTURES).map(async ({ data, width, height }, i) => {
      const png = await sharp(data, { raw: { width, height, channels: 3 } })
        .png({ compressionLevel: 9 })
        .toBuffer();
      return [`golden/picture-${i}.png`, Uint8Array.from(png)] as const;
    }),
  );
}

/** Paths of a bundle's golden pictures, in order; none in bundles from before there were any. */
export function picturePaths({ files }: Pick<Manifest, 'files'>): string[] {
  const listed = new Set(files.map((f) => f.path));
  const paths: string[] = [];
  while (listed.has(`golden/picture-${paths.length}.png`)) paths.push(`golden/picture-${paths.length}.png`);
  return paths;
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
