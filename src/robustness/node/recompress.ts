import sharp from 'sharp';
import { type Image, image } from '../../data/image.ts';

/** The picture as it comes back from a JPEG of this quality (1 … 100), colour at half resolution as cameras store it. */
export async function recompress({ width, height, data }: Image, quality: number): Promise<Image> {
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
  return image(width, height, new Uint8Array(await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer()));
}
