import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageError, type ImageFault, image } from '../image.ts';
import { fit as fitTo, preprocessing } from '../preprocess.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from '../testing/fixture.ts';
import { folderOf, jpeg, picture, png } from '../testing/folder.ts';
import { decodeImage, decodeNoted } from './decode.ts';

const plain = picture(1, 40, 30);

/** A grey TIFF, uncompressed; `format` 1: whole numbers, 3: floating point. */
function tiff(width: number, height: number, format: number, samples: Uint16Array | Float32Array): Uint8Array {
  const tags = [
    [256, width],
    [257, height],
    [258, samples.BYTES_PER_ELEMENT * 8],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, height],
    [279, samples.byteLength],
    [339, format],
  ] as const;
  const out = Buffer.alloc(8 + samples.byteLength + 2 + tags.length * 12 + 4);
  out.write('II*\0', 'latin1');
  out.writeUInt32LE(8 + samples.byteLength, 4);
  Buffer.from(samples.buffer).copy(out, 8);
  let at = out.writeUInt16LE(tags.length, 8 + samples.byteLength);
  for (const [tag, value] of tags) {
    at = out.writeUInt16LE(tag, at);
    at = out.writeUInt16LE(4, at);
    at = out.writeUInt32LE(1, at);
    at = out.writeUInt32LE(value, at);
  }
  return out;
}

async function faultOf(promise: Promise<unknown>): Promise<ImageFault | undefined> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageError);
  return error instanceof ImageError ? error.fault : undefined;
}

describe('decodeImage', () => {
  it('says what it is that it cannot read', async () => {
    const zstd = tiff(4, 1, 1, Uint16Array.of(1, 2, 3, 4));
    // The fourth tag: how it is packed.
    zstd.set([0x50, 0xc3], 8 + 8 + 2 + 3 * 12 + 8);
    await expect(decodeImage(zstd)).rejects.toThrow(/^TIFF packed with Zstandard cannot be read; save it with LZW/);
    const gif = await sharp(plain.data, { raw: { width: 40, height: 30, channels: 3 } })
      .gif()
      .toBuffer();
    const colours = 3 << ((gif[10]! & 7) + 1);
    const bare = Buffer.concat([gif.subarray(0, 13), gif.subarray(13 + colours)]);
    bare[10] = 0;
    await expect(decodeImage(bare)).rejects.toThrow(/^a GIF without a table of colours/);
    const film = Buffer.from('\0\0\0\x18ftypavis\0\0\0\0avismsf1', 'latin1');
    await expect(decodeImage(film)).rejects.toThrow(/^a film of AVIF pictures/);
  });

  it('gives the exact pixels of lossless formats', async () => {
    const raw = sharp(plain.data, { raw: { width: 40, height: 30, channels: 3 } });
    for (const bytes of [
      await png(plain),
      await raw.clone().webp({ lossless: true }).toBuffer(),
      await raw.clone().tiff({ compression: 'lzw' }).toBuffer(),
    ]) {
      expect(await decodeImage(bytes)).toEqual(plain);
    }
  });

  it('turns pictures upright as their EXIF says', async () => {
    const bytes = await sharp(await png(plain))
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const upright = await decodeImage(bytes);
    expect([upright.width, upright.height]).toEqual([30, 40]);
    // Orientation 6: the stored lower left corner is shown upper left.
    const corner = 29 * 40 * 3;
    expect([...upright.data.subarray(0, 3)]).toEqual([...plain.data.subarray(corner, corner + 3)]);
  });

  it('expands grey, palettes and 16 bits, and converts CMYK', async () => {
    const grey = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
    const expanded = Uint8Array.from({ length: 36 }, (_, i) => grey[Math.floor(i / 3)]!);
    const raw = { raw: { width: 4, height: 3, channels: 1 } } as const;
    expect((await decodeImage(await sharp(grey, raw).toColourspace('b-w').png().toBuffer())).data).toEqual(expanded);
    const deep = Uint16Array.from(grey, (v) => v * 257);
    const sixteen = await sharp(deep, raw).toColourspace('grey16').png().toBuffer();
    expect(sixteen[24]).toBe(16);
    expect((await decodeImage(sixteen)).data).toEqual(expanded);
    const two = image(2, 1, Uint8Array.of(255, 0, 0, 0, 0, 255));
    const palette = await sharp(two.data, { raw: { width: 2, height: 1, channels: 3 } })
      .png({ palette: true })
      .toBuffer();
    expect(await decodeImage(palette)).toEqual(two);
    const cmyk = await sharp(await png(plain))
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const back = await decodeImage(cmyk);
    expect([back.width, back.height, back.data.length]).toEqual([40, 30, 3600]);
    const mean = (data: Uint8Array) => data.reduce((a, b) => a + b) / data.length;
    expect(Math.abs(mean(back.data) - mean(plain.data))).toBeLessThan(25);
  });

  it('lets the background show through transparency', async () => {
    const rgba = Uint8Array.of(200, 100, 0, 255, 200, 100, 0, 0);
    const bytes = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toBuffer();
    expect([...(await decodeImage(bytes)).data]).toEqual([200, 100, 0, 255, 255, 255]);
    expect([...(await decodeImage(bytes, { background: 'black' })).data]).toEqual([200, 100, 0, 0, 0, 0]);
  });

  it('goes by content and notes a wrong name', async () => {
    const dir = await folderOf({ 'a.jpg': await png(plain), 'b.PNG': await png(plain) });
    expect(await decodeNoted(join(dir, 'a.jpg'))).toEqual({ image: plain, note: 'is PNG but named .jpg' });
    expect((await decodeNoted(join(dir, 'b.PNG'))).note).toBeUndefined();
  });

  it('says that 12-bit values in 16 bits come out nearly black', async () => {
    const bytes = tiff(
      4,
      3,
      1,
      Uint16Array.from({ length: 12 }, (_, i) => i * 300),
    );
    expect((await decodeNoted(bytes)).note).toMatch(/below 4096/);
  });

  it('tells what is wrong with a file', async () => {
    const whole = { png: await png(plain), jpeg: await jpeg(picture(2, 200, 200)) };
    const flipped = Buffer.from(whole.png);
    flipped[flipped.length >> 1] = 255 - flipped[flipped.length >> 1]!;
    const float = tiff(4, 3, 3, new Float32Array(12).fill(0.5));
    expect(await faultOf(decodeImage(new Uint8Array(0)))).toBe('empty');
    expect(await faultOf(decodeImage('/nowhere/a.png'))).toBe('missing');
    expect(await faultOf(decodeImage(Buffer.from('<html>404</html>')))).toBe('not-an-image');
    expect(
      await faultOf(decodeImage(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))),
    ).toBe('not-an-image');
    expect(await faultOf(decodeImage(whole.png.subarray(0, whole.png.length / 2)))).toBe('broken');
    expect(await faultOf(decodeImage(whole.jpeg.subarray(0, whole.jpeg.length - 60)))).toBe('broken');
    expect(await faultOf(decodeImage(flipped))).toBe('broken');
    expect(await faultOf(decodeImage(float))).toBe('unsupported');
    expect(await faultOf(decodeImage(whole.png, { maxPixels: 1199 }))).toBe('too-many-pixels');
    expect(await faultOf(decodeImage(whole.png, { maxBytes: 100 }))).toBe('too-many-bytes');
    expect(await decodeImage(whole.png, { maxPixels: 1200 })).toEqual(plain);
  });

  it('says what a file is that is named like a picture and is none', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345678\n`;
    await expect(decodeImage(Buffer.from(pointer))).rejects.toThrow(
      /no picture: it is a Git LFS pointer.*git lfs pull/s,
    );
    await expect(decodeImage(Buffer.from('<!DOCTYPE html><html>'))).rejects.toThrow(/web page \(HTML\)/);
    await expect(decodeImage(Buffer.from('not found'))).rejects.toThrow(/it is text\. Open it/);
    await expect(decodeImage(Buffer.from('8BPS\0\x01'))).rejects.toThrow(/Photoshop.*save it as PNG/);
    await expect(decodeImage(Buffer.from([200, 1, 2, 255, 9, 0, 1]))).rejects.toThrow(/first bytes are unknown/);
  });

  it('refuses a decompression bomb by its header', async () => {
    const bomb = Buffer.from(await png(plain));
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const start = performance.now();
    expect(await faultOf(decodeImage(bomb))).toBe('too-many-pixels');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('decodeImage and the evaluation transform', () => {
  it('equal timm from a PNG file on', async () => {
    const { cases } = fixture<{
      cases: {
        size: [number, number];
        cropPct: number;
        cropMode: 'center' | 'squash' | 'border';
        interpolation: 'bilinear' | 'bicubic' | 'lanczos';
        source: RecordedImage;
        result: RecordedImage;
      }[];
    }>('preprocess.json');
    for (const { size, cropPct, cropMode, interpolation, source, result } of cases) {
      const decoded = await decodeImage(await png(recorded(source)));
      const got = fitTo(decoded, preprocessing({ size, cropPct, cropMode, interpolation }));
      expect(largestDifference(got.data, recorded(result).data)).toBe(0);
    }
  });
});
