import sharp from 'sharp';
import { check, YosegiError } from '../../../base/errors.ts';
import { readBounded } from '../../../base/node/bounded.ts';
import type { Colour } from '../../../data/draw.ts';
import { imageFormat } from '../../../data/formats/sniff.ts';
import { type Mask, mask } from '../../../data/geometry/mask.ts';
import { decodeDefaults } from '../../../data/node/decode.ts';
import { pngSamples } from '../../../data/node/png-samples.ts';

/** What a mask's file holds. */
export interface MaskFile {
  /** Indices of `codes`. */
  readonly mask: Mask;
  /** Values that occur: a grey or index 0 … 255, or a colour as {@link colourCode}; at most 256. */
  readonly codes: readonly number[];
  /** Colours of the indices, where it has some. */
  readonly palette?: readonly Colour[];
  /** It was black and white with greys between, and was parted at the middle. */
  readonly soft: boolean;
}

/** A colour in one number, none of 0 … 255. */
export const colourCode = ([r, g, b]: Colour): number => 0x1000000 + r * 65536 + g * 256 + b;

/** Greys this near to black and white are taken for them. */
const NEAR = 24;
/** Share of pixels that are near, where a mask was black and white once. */
const MOSTLY = 0.95;
/** More different greys than this are no numbers of classes where nearly all pixels are black or white. */
const FEW = 16;

/**
 * Reads a mask.
 * @throws YosegiError, or the decoder's error, when it is none: a photograph, a damaged file
 */
export async function readMask(path: string): Promise<MaskFile> {
  const { maxBytes, maxPixels } = decodeDefaults;
  const bytes = await readBounded(path, maxBytes);
  if (imageFormat(bytes) === 'png') {
    const stored = pngSamples(bytes, maxPixels);
    if (stored) {
      const { width, height, samples, palette } = stored;
      return ofValues(samples, width, height, palette);
    }
  }
  const opened = sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, ignoreIcc: true });
  const { depth, channels: stored } = await opened.metadata();
  const deep = depth === 'ushort' && stored <= 2 ? opened.toColourspace('grey16') : opened;
  const { data, info } = await deep.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const plane = (c: number) => Uint16Array.from({ length: width * height }, (_, i) => values[i * channels + c]!);
  const grey = channels < 3 || values.every((v, i) => i % channels > 2 || v === values[i - (i % channels)]);
  if (grey) {
    const samples = plane(0);
    check(
      samples.every((v) => v < 256),
      'it has values above 255; a mask has numbers of classes',
    );
    return ofValues(Uint8Array.from(samples), width, height);
  }
  return ofColours([plane(0), plane(1), plane(2)], width, height);
}

function ofValues(samples: Uint8Array, width: number, height: number, palette?: readonly Colour[]): MaskFile {
  const counts = new Float64Array(256);
  for (let i = 0; i < samples.length; i++) counts[samples[i]!]!++;
  const codes = [...counts.keys()].filter((v) => counts[v]! > 0);
  const near = counts.reduce((sum, n, v) => sum + (v < NEAR || v > 255 - NEAR ? n : 0), 0);
  const soft = !palette && codes.length > FEW && near >= MOSTLY * samples.length;
  const index = new Uint8Array(256);
  if (soft) index.fill(1, 128);
  else for (const [i, code] of codes.entries()) index[code] = i;
  const indices = new Uint8Array(samples.length);
  for (let i = 0; i < indices.length; i++) indices[i] = index[samples[i]!]!;
  const all = { mask: mask(width, height, indices), codes: soft ? [0, 255] : codes, soft };
  return palette ? { ...all, palette } : all;
}

function ofColours(
  [red, green, blue]: [Uint16Array, Uint16Array, Uint16Array],
  width: number,
  height: number,
): MaskFile {
  const found = new Map<number, number>();
  const indices = new Uint8Array(width * height);
  for (let i = 0; i < indices.length; i++) {
    const code = colourCode([red[i]!, green[i]!, blue[i]!]);
    let index = found.get(code);
    if (index === undefined) {
      if (found.size === 256)
        throw new YosegiError('it has more than 256 colours, as photographs have and masks have not');
      index = found.size;
      found.set(code, index);
    }
    indices[i] = index;
  }
  return { mask: mask(width, height, indices), codes: [...found.keys()], soft: false };
}
