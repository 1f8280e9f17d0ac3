import sharp from 'sharp';
import { type Colour, fillBox } from '../draw.ts';
import { fromInks, fromYcc, overBackground } from '../formats/colours.ts';
import type { TiffPlan } from '../formats/tiff.ts';
import { type Background, type Image, ImageError, image } from '../image.ts';
import type { Box } from '../resize/resize.ts';

/** How pixels come from libvips: as it converts them, or from the samples as they are stored. */

interface Limits {
  readonly maxPixels: number;
  readonly background: Background;
}

/** libvips' picture of the bytes, upright. Colour profiles are ignored. */
function opened(bytes: Uint8Array, { maxPixels }: Limits) {
  return sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true }).autoOrient();
}

/** RGB on the background, as libvips converts it; without the samples beyond the colour where they are no alpha. */
export async function asRgb(bytes: Uint8Array, options: Limits, opaque: boolean): Promise<Image> {
  const source = opened(bytes, options);
  const flat = opaque
    ? source.removeAlpha()
    : source.flatten({ background: options.background === 'white' ? '#ffffff' : '#000000' });
  const { data, info } = await flat.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new ImageError('unsupported', `${info.channels} channels after decoding`);
  return image(info.width, info.height, owned(data));
}

/** RGB from the samples as they are stored, where libvips would take a profile of its own or does not know what they mean. */
export async function fromSamples(
  bytes: Uint8Array,
  options: Limits,
  space: TiffPlan['space'],
  plan: TiffPlan | undefined,
): Promise<Image> {
  const source =
    space === 'cmyk'
      ? opened(bytes, options).pipelineColourspace('cmyk').toColourspace('cmyk')
      : opened(bytes, options);
  const wide = space === 'cmyk' && plan?.deep === true;
  const { data, info } = await source.raw({ depth: wide ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
  const samples = wide ? upperBytes(data) : owned(data);
  const { width, height, channels } = info;
  if (space === 'cmyk') return fromInks(samples, width, height, channels);
  if (space === 'ycbcr') return fromYcc(samples, width, height, channels);
  return overBackground(samples, width, height, channels, 3 + Number(plan?.beyond ?? 0), options.background);
}

/** The bytes by themselves: small buffers of Node share their memory with others. */
function owned(data: Buffer): Uint8Array {
  return data.length === data.buffer.byteLength ? new Uint8Array(data.buffer) : Uint8Array.from(data);
}

/** The upper byte of every little-endian 16-bit number. */
function upperBytes(data: Buffer): Uint8Array {
  return Uint8Array.from({ length: data.length >> 1 }, (_, i) => data[2 * i + 1]!);
}

/** The canvas of a GIF shows the background wherever its first frame does not reach; libvips leaves it black. */
export function clearAround(picture: Image, frame: Box | undefined, background: Background): void {
  if (!frame) return;
  const colour: Colour = background === 'white' ? [255, 255, 255] : [0, 0, 0];
  const { width, height } = picture;
  const [right, bottom] = [frame.x + frame.width, frame.y + frame.height];
  fillBox(picture, 0, 0, width, frame.y, colour);
  fillBox(picture, 0, bottom, width, height - bottom, colour);
  fillBox(picture, 0, frame.y, frame.x, frame.height, colour);
  fillBox(picture, right, frame.y, width - right, frame.height, colour);
}
