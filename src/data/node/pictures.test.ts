import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../image.ts';
import { fixture, largestDifference, type RecordedImage, recorded } from '../testing/fixture.ts';
import { decodeImage } from './decode.ts';

interface Case {
  name: string;
  file: string;
  /** Levels that two decoders of a lossy format may differ by. */
  tolerance: number;
  /** Null where the picture must be refused. */
  result: RecordedImage | null;
}

const { cases } = fixture<{ cases: Case[] }>('pictures.json');
const bytesOf = ({ file }: Case) => new Uint8Array(Buffer.from(file, 'base64'));

describe('decodeImage gives the pixels that Pillow gives', () => {
  for (const { name, tolerance, result, file } of cases.filter((c) => c.result)) {
    it(name, async () => {
      const right = recorded(result!);
      const got = await decodeImage(new Uint8Array(Buffer.from(file, 'base64')));
      expect([got.width, got.height]).toEqual([right.width, right.height]);
      expect(largestDifference(got.data, right.data)).toBeLessThanOrEqual(tolerance);
    });
  }
});

describe('decodeImage refuses with a reason', () => {
  for (const c of cases.filter(({ result }) => !result)) {
    it(c.name, async () => {
      const error: unknown = await decodeImage(bytesOf(c)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ImageError);
      expect(error).toMatchObject({ fault: 'unsupported' });
      expect(String(error)).toMatch(/TIFF of .+ cannot be read; save it as RGB or grey/);
    });
  }
});

describe('decodeImage with a black background', () => {
  it('shows black where the white one shows white', async () => {
    const find = (name: string) => bytesOf(cases.find((c) => c.name === name)!);
    for (const name of [
      'tiff rgb, alpha, unspecified',
      'gif, a small frame',
      'bmp of 32 bits, red first, with alpha',
    ]) {
      const [white, black] = [
        await decodeImage(find(name)),
        await decodeImage(find(name), { background: 'black' }),
      ] as const;
      expect([...white.data.subarray(0, 3)]).toEqual([255, 255, 255]);
      expect([...black.data.subarray(0, 3)]).toEqual([0, 0, 0]);
    }
  });
});

describe('decodeImage on damaged files', () => {
  it('gives a picture or says why not, whatever was flipped or cut off', async () => {
    const whole = cases.map(bytesOf);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.array(fc.tuple(fc.nat(1 << 16), fc.nat(255)), { maxLength: 4 }),
        fc.option(fc.nat(1 << 16)),
        async (k, flips, cut) => {
          const file = whole[k]!.slice(0, cut === null ? undefined : cut % whole[k]!.length);
          // Mostly the beginning, where the headers and tags are.
          for (const [at, value] of flips) if (file.length > 0) file[at % Math.min(file.length, 600)] = value;
          try {
            const { width, height, data } = await decodeImage(file, { maxPixels: 1e6 });
            expect(data).toHaveLength(width * height * 3);
          } catch (error) {
            expect(error).toBeInstanceOf(ImageError);
          }
        },
      ),
      { numRuns: 600 },
    );
  }, 60_000);
});
