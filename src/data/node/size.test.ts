import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { mask, moveMask } from '../geometry/mask.ts';
import { turnedUpright } from '../geometry/upright.ts';
import { folderOf, picture, png } from '../testing/folder.ts';
import { decodeImage } from './decode.ts';
import { pictureSize } from './size.ts';

it('knows the size of a picture, and what its EXIF does to its pixels', async () => {
  const [width, height] = [24, 16];
  const grey = new Uint8Array(width * height).map((_, i) => (i % width < 8 && i < 8 * width ? 255 : i % 100));
  for (let orientation = 1; orientation <= 8; orientation++) {
    const file = await sharp(grey, { raw: { width, height, channels: 1 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const path = join(await folderOf({ 'a.png': file }), 'a.png');
    const size = await pictureSize(path);
    const upright = await decodeImage(path);
    expect(size).toEqual({ stored: [16, 24], orientation, upright: [upright.height, upright.width] });
    const moved = moveMask(mask(width, height, grey), turnedUpright([height, width], orientation));
    expect(moved.data).toEqual(upright.data.filter((_, i) => i % 3 === 0));
  }
});

it('says nothing of what is no picture', async () => {
  const whole = await png(picture(1));
  const dir = await folderOf({ 'a.png': whole.subarray(0, 20), 'b.png': 'text', 'c.png': '' });
  for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) expect(await pictureSize(join(dir, name))).toBeUndefined();
});
