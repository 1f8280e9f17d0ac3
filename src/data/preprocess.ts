import { z } from 'zod';
import { check } from '../base/errors.ts';
import { type Tensor, tensor } from '../base/tensor.ts';
import { type Placement, type Size, windowed } from './geometry/placement.ts';
import { type Image, image } from './image.ts';
import { filters, resample } from './resize/resize.ts';

const side = z.int().min(1).max(8192);
/** Values are in 0 … 1: no network was trained with a mean or a deviation further from that, and float32 has to hold the result. */
const mean = z.number().min(-10, meanAdvice('below -10')).max(10, meanAdvice('above 10'));
const std = z.number().min(1e-4, stdAdvice('below 0.0001')).max(100, stdAdvice('above 100'));
const channels = z.tuple([mean, mean, mean]);
const divisors = z.tuple([std, std, std]);

function meanAdvice(is: string): string {
  return `is ${is}; means are of values in 0 … 1 (divide one of bytes by 255)`;
}

function stdAdvice(is: string): string {
  return `is ${is}; standard deviations are of values in 0 … 1 (divide one of bytes by 255)`;
}

/** ImageNet's channel means, of values in 0 … 1. */
export const imagenetMean = [0.485, 0.456, 0.406] as const;
/** ImageNet's channel standard deviations, of values in 0 … 1. */
export const imagenetStd = [0.229, 0.224, 0.225] as const;

/** How a picture is cut into tiles. */
export const tilesSchema = z.strictObject({
  /** Size of the picture that tiles are cut from, as a share of its own. */
  scale: z.number().gt(0).max(8).default(1),
  /** Least overlap of neighbours, as a share of the tile's shorter side. */
  overlap: z.number().min(0).max(0.9).default(0.25),
});

/**
 * How a picture becomes a network's input; a plain object that travels in the bundle. Meaning and result are those of
 * timm's evaluation transform (`create_transform`, its `crop_mode`):
 * - `center`: the shorter side becomes size / cropPct (rounded down), then the middle is cut out;
 * - `squash`: both sides become size / cropPct whatever the shape, then the middle is cut out;
 * - `border`: the longer side fits size / cropPct, then the middle is cut out, with borders in the colour `fill`, or the mean one.
 */
export const preprocessingSchema = z.strictObject({
  /** Height and width of the network's input, in pixels. */
  size: z.tuple([side, side]),
  cropPct: z.number().gt(0).max(1).default(1),
  cropMode: z.enum(['center', 'squash', 'border']).default('center'),
  interpolation: z.enum(filters).default('bicubic'),
  mean: channels.default([...imagenetMean]),
  std: divisors.default([...imagenetStd]),
  /** Colour of the border, red, green, blue in 0 … 1; the mean colour where it is left out. */
  fill: channels.optional(),
  /** What shows through transparent pixels when a file is decoded. */
  background: z.enum(['white', 'black']).default('white'),
  /**
   * Large pictures with small things in them: the picture is not fitted to the input but cut into overlapping tiles of the input's
   * size (see `data/views`); for tasks that put tiles together.
   */
  tiles: tilesSchema.optional(),
});

export type Preprocessing = z.infer<typeof preprocessingSchema>;

/**
 * A complete, checked preprocessing from its parts; `size` may be one number for a square.
 * @throws YosegiError that names every field that is wrong
 */
export function preprocessing(
  parts: Omit<z.input<typeof preprocessingSchema>, 'size'> & { size: number | [number, number] },
): Preprocessing {
  const size = typeof parts.size === 'number' ? [parts.size, parts.size] : parts.size;
  const parsed = preprocessingSchema.safeParse({ ...parts, size });
  check(parsed.success, () => `the preprocessing is not valid: ${z.prettifyError(parsed.error!)}`);
  return parsed.data;
}

/** The cut-out, resized picture at the network's input size, before normalisation. */
function fitTo(source: Image, p: Preprocessing): Image {
  const [scaled, at] = cutAt(source, p);
  return cutOut(source, scaled, at, p);
}

/** What `fit` does: the size after the resize, and where the cut begins there (below 0 where there is a border). */
function cutAt(source: Pick<Image, 'width' | 'height'>, p: Preprocessing): [Size, [number, number]] {
  const [toHeight, toWidth] = resizedTo(source, p);
  const across = middle(toWidth, p.size[1]);
  const down = middle(toHeight, p.size[0]);
  return [
    [toHeight, toWidth],
    [across.from - across.to, down.from - down.to],
  ];
}

/** The picture resized to `scaled`, of which the input's size is cut out from (x, y) on; outside is the border's colour. See `windowed`. */
export function cutOut(
  source: Image,
  [toHeight, toWidth]: Size,
  [x, y]: readonly [number, number],
  p: Pick<Preprocessing, 'size' | 'mean' | 'fill' | 'interpolation'>,
): Image {
  const [height, width] = p.size;
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const part = resample(source, {
    width: toWidth,
    height: toHeight,
    filter: p.interpolation,
    window: {
      x: left,
      y: top,
      width: Math.min(toWidth, x + width) - left,
      height: Math.min(toHeight, y + height) - top,
    },
  });
  if (part.width === width && part.height === height) return part;
  const out = image(width, height);
  const fill = (p.fill ?? p.mean).map((m) => roundEven(255 * m));
  for (let i = 0; i < out.data.length; i++) out.data[i] = fill[i % 3]!;
  for (let line = 0; line < part.height; line++) {
    const row = part.data.subarray(line * part.width * 3, (line + 1) * part.width * 3);
    out.data.set(row, ((line + top - y) * width + left - x) * 3);
  }
  return out;
}

/** Where `fit` puts the pixels of a picture of `width`×`height`; boxes, polygons and masks are moved by it (`data/geometry`). */
export function placementOf(width: number, height: number, p: Preprocessing): Placement {
  const [scaled, at] = cutAt({ width, height }, p);
  return windowed([height, width], scaled, at, p.size);
}

// Known outside by its short name; inside, the linter would take calls of it for focused tests.
export { fitTo as fit };

/** Height and width after the resize, before the cut. */
function resizedTo(source: Pick<Image, 'width' | 'height'>, p: Preprocessing): [number, number] {
  const [h, w] = [source.height, source.width];
  const [scaledHeight, scaledWidth] = [Math.floor(p.size[0] / p.cropPct), Math.floor(p.size[1] / p.cropPct)];
  if (p.cropMode === 'squash') return [scaledHeight, scaledWidth];
  if (p.cropMode === 'center' && scaledHeight === scaledWidth) {
    // torchvision's Resize(int): the longer side is truncated.
    const longer = Math.trunc((scaledHeight * Math.max(h, w)) / Math.min(h, w));
    return h <= w ? [scaledHeight, longer] : [longer, scaledHeight];
  }
  // timm's ResizeKeepRatio: the sides are rounded, half to even.
  const ratios = [h / scaledHeight, w / scaledWidth];
  const ratio = p.cropMode === 'border' ? Math.max(...ratios) : Math.min(...ratios);
  return [Math.max(1, roundEven(h / ratio)), Math.max(1, roundEven(w / ratio))];
}

/** Along one axis, where the middle `want` of `have` pixels begins, or where a shorter axis is put. */
function middle(have: number, want: number): { from: number; to: number; length: number } {
  if (have >= want) return { from: roundEven((have - want) / 2), to: 0, length: want };
  return { from: 0, to: Math.floor((want - have) / 2), length: have };
}

/** Rounds to the nearest whole number, halves to the even one, as Python's `round`. */
function roundEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}

/** For each channel and byte value, the normalised value: 3 × 256, in the float32 steps of torchvision. */
export function normaliser(p: Pick<Preprocessing, 'mean' | 'std'>): Float32Array {
  const { fround } = Math;
  const table = new Float32Array(768);
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < 256; v++) {
      table[c * 256 + v] = fround(fround(v / 255) - fround(p.mean[c]!)) / fround(p.std[c]!);
    }
  }
  return table;
}

/** Writes the pixels, mirrored if asked, as three normalised planes (red, green, blue) into `out` from `offset` on. */
export function normaliseInto(
  source: Image,
  table: Float32Array,
  out: Float32Array,
  offset = 0,
  flipX = false,
  flipY = false,
): void {
  const { width, height, data } = source;
  const plane = width * height;
  const step = flipX ? -1 : 1;
  let i = 0;
  for (let y = 0; y < height; y++) {
    let p = offset + (flipY ? height - 1 - y : y) * width + (flipX ? width - 1 : 0);
    for (let x = 0; x < width; x++, i += 3, p += step) {
      out[p] = table[data[i]!]!;
      out[p + plane] = table[256 + data[i + 1]!]!;
      out[p + 2 * plane] = table[512 + data[i + 2]!]!;
    }
  }
}

/** Pictures of any size as one network input [N, 3, height, width], normalised. */
export function preprocess(pictures: readonly Image[], p: Preprocessing): Tensor<'float32'> {
  return normalised(
    pictures.map((picture) => fitTo(picture, p)),
    p,
  );
}

/** The same of pictures that are at the input's size already (see `fit`). */
export function normalised(fitted: readonly Image[], p: Preprocessing): Tensor<'float32'> {
  const [height, width] = p.size;
  const table = normaliser(p);
  const out = tensor('float32', [fitted.length, 3, height, width]);
  fitted.forEach((picture, i) => {
    normaliseInto(picture, table, out.data, i * 3 * height * width);
  });
  return out;
}

/** The way back: pictures from normalised planes [N, 3, height, width], values cut at 0 and 255. */
export function denormalised(t: Tensor<'float32'>, { mean, std }: Pick<Preprocessing, 'mean' | 'std'>): Image[] {
  const [count, channels, height, width] = t.shape as [number, number, number, number];
  check(channels === 3, () => `pictures have three planes, got ${channels}`);
  const plane = height * width;
  return Array.from({ length: count }, (_, n) => {
    const out = image(width, height);
    for (let c = 0; c < 3; c++) {
      const from = (n * 3 + c) * plane;
      for (let i = 0; i < plane; i++) {
        const value = Math.round(255 * (t.data[from + i]! * std[c]! + mean[c]!));
        out.data[i * 3 + c] = Math.max(0, Math.min(255, value));
      }
    }
    return out;
  });
}
