import sharp from 'sharp';
import { expect, it } from 'vitest';
import { pngText, withPngText } from './png-text.ts';

it('words go into a PNG and come out, and the picture stays', async () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
  const png = await sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } })
    .png()
    .toBuffer();
  const told = withPngText(png, { seed: '7', class: 'Émail rayé' });
  expect(pngText(told)).toEqual({ seed: '7', class: 'Émail rayé' });
  expect(pngText(png)).toEqual({});
  expect(Uint8Array.from(await sharp(told).raw().toBuffer())).toEqual(pixels);
  expect(() => withPngText(png, { class: '赤鉄' })).toThrow(/Latin-1/);
});
