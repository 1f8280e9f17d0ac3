import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRgba, ImageError, image } from '../image.ts';
import { shrink } from '../resize/shrink.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from '../testing/fixture.ts';
import { decodeBmp } from './bmp.ts';
import { idxImage, parseIdx } from './idx.ts';
import { extensionFits, imageFormat, looksLikeImage, unreadFormat } from './sniff.ts';

describe('decodeBmp', () => {
  const { cases } = fixture<{ cases: { name: string; file: string; result: RecordedImage }[] }>('bmp.json');
  for (const { name, file, result } of cases) {
    const bytes = new Uint8Array(Buffer.from(file, 'base64'));
    it(`reads what Pillow reads: ${name}`, () => {
      expect(imageFormat(bytes)).toBe('bmp');
      const got = decodeBmp(bytes, 1e6);
      expect([got.width, got.height]).toEqual([result.width, result.height]);
      expect(largestDifference(got.data, recorded(result).data)).toBe(0);
    });

    it(`never breaks on a damaged file: ${name}`, () => {
      expect(() => decodeBmp(bytes.subarray(0, bytes.length - 60), 1e6)).toThrow(ImageError);
      expect(() => decodeBmp(bytes, 10)).toThrow(/the limit is 10/);
      fc.assert(
        fc.property(fc.nat(70), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
          const damaged = bytes.slice(0, length);
          if (at < length) damaged[at] = value;
          try {
            const { width, height, data } = decodeBmp(damaged, 1e6);
            expect(data).toHaveLength(width * height * 3);
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
        }),
        { numRuns: 200 },
      );
    });
  }
});

describe('parseIdx', () => {
  const header = (...dims: number[]) => [0, 0, 8, dims.length, ...dims.flatMap((d) => [0, 0, d >> 8, d & 255])];

  it('reads shape and values, and cuts out pictures', () => {
    const idx = parseIdx(Uint8Array.from([...header(2, 1, 3), 1, 2, 3, 4, 5, 6]));
    expect(idx.shape).toEqual([2, 1, 3]);
    expect(idxImage(idx, 1)).toEqual(image(3, 1, Uint8Array.of(4, 4, 4, 5, 5, 5, 6, 6, 6)));
    expect(() => idxImage(idx, 2)).toThrow(/no picture 2/);
  });

  it('says what is wrong', () => {
    expect(() => parseIdx(Uint8Array.from([...header(2, 2), 1]), 'x.idx')).toThrow(
      /x\.idx states 2×2 = 4 bytes but holds 1/,
    );
    expect(() => parseIdx(Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1))).toThrow(/IDX type 13/);
    expect(() => parseIdx(Uint8Array.of(31, 139))).toThrow(/not an IDX file/);
  });
});

describe('sniff', () => {
  it('goes by content, not by name', () => {
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0);
    expect(imageFormat(png)).toBe('png');
    expect(extensionFits('a/b.JPG', 'jpeg')).toBe(true);
    expect(extensionFits('a/b.jpg', 'png')).toBe(false);
    expect(looksLikeImage('notes.txt')).toBe(false);
    expect(looksLikeImage('Bild.TIFF')).toBe(true);
    expect(imageFormat(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg">'))).toBeUndefined();
    expect(imageFormat(new Uint8Array(0))).toBeUndefined();
  });
});

describe('unreadFormat', () => {
  it('names pictures and films that nothing here reads', () => {
    const named = (text: string) => unreadFormat(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    expect(named('8BPS\0\x01')).toBe('Photoshop (PSD)');
    expect(named('P5 4 4 255 ')).toMatch(/Netpbm/);
    expect(named('\0\0\0\x20ftypisom')).toMatch(/MP4/);
    expect(named(`${'\0'.repeat(128)}DICM`)).toBe('DICOM');
    expect(named('\0\0\x01\0\x02\0\x10\x10')).toBe('Windows icon');
    expect(named('\0\0\x02\0\0\0\0\0\0\0\0\0\x14\0\x0c\0\x18\0')).toBe('Targa (TGA)');
    expect(named('Pictures of Monday')).toBeUndefined();
    expect(named('')).toBeUndefined();
  });
});

describe('image', () => {
  it('composites transparent pixels on the background', () => {
    const rgba = Uint8Array.of(200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51);
    expect([...fromRgba(rgba, 3, 1).data]).toEqual([200, 100, 0, 255, 255, 255, 244, 224, 204]);
    expect([...fromRgba(rgba, 3, 1, 'black').data.subarray(3)]).toEqual([0, 0, 0, 40, 20, 0]);
    expect(() => image(2, 2, new Uint8Array(3))).toThrow(/holds 12 bytes, got 3/);
  });
});

describe('shrink', () => {
  it('brings the shorter side down to the goal, close to one antialiased resize', () => {
    const big = image(400, 300);
    for (let y = 0; y < 300; y++) {
      for (let x = 0; x < 400; x++) big.data.set([x * 0.6, y * 0.8, 255 * Number((x >> 5) & 1)], (y * 400 + x) * 3);
    }
    const small = shrink(big, 30);
    expect([small.width, small.height]).toEqual([40, 30]);
    const mean = (data: Uint8Array, c: number) =>
      data.filter((_, i) => i % 3 === c).reduce((a, b) => a + b) / (data.length / 3);
    for (const c of [0, 1, 2]) expect(Math.abs(mean(small.data, c) - mean(big.data, c))).toBeLessThan(2);
    expect(small.data[0]).toBeLessThan(8);
    expect(small.data[39 * 3]).toBeGreaterThan(230);
  });

  it('leaves a small picture as it is', () => {
    const small = image(10, 40);
    expect(shrink(small, 10)).toBe(small);
  });
});
