import { ImageError } from '../image.ts';

/** What the tags of a TIFF's first picture say about its samples. */
export interface TiffTags {
  readonly width: number;
  readonly height: number;
  /** PhotometricInterpretation: what the samples mean. */
  readonly photometric: number;
  readonly compression: number;
  /** BitsPerSample of each sample. */
  readonly bits: readonly number[];
  /** SampleFormat: 1 whole numbers, 2 signed, 3 floating point, 4 not said. */
  readonly formats: readonly number[];
  readonly samples: number;
  /** ExtraSamples: 0 not said, 1 premultiplied alpha, 2 alpha. */
  readonly extra: readonly number[];
  /** YCbCrSubSampling: how many pixels share a colour, across and down. */
  readonly subsampling: readonly number[];
}

/** Bytes of a number of each type of tag that is read here. */
const widths: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** More samples a pixel are no picture. */
const MOST_SAMPLES = 64;

/**
 * Reads the tags of the first picture of a TIFF or BigTIFF (TIFF 6.0, section 2).
 * @throws ImageError when they do not lie in the file or lack the size
 */
export function tiffTags(bytes: Uint8Array): TiffTags {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const little = bytes[0] === 0x49;
    const big = view.getUint16(2, little) === 43;
    const long = (at: number) => Number(big ? view.getBigUint64(at, little) : view.getUint32(at, little));
    const start = long(big ? 8 : 4);
    const count = big ? long(start) : view.getUint16(start, little);
    const [head, entry, inline] = big ? [8, 20, 8] : [2, 12, 4];
    const numbers = new Map<number, number[]>();
    for (let i = 0; i < Math.min(count, 4096); i++) {
      const at = start + head + i * entry;
      const width = widths[view.getUint16(at + 2, little)];
      if (width === undefined) continue;
      const length = Math.min(long(at + 4), MOST_SAMPLES);
      const from = width * long(at + 4) <= inline ? at + entry - inline : long(at + entry - inline);
      const read = Array.from({ length }, (_, k) => {
        const p = from + k * width;
        if (width === 1) return view.getUint8(p);
        if (width === 2) return view.getUint16(p, little);
        return width === 4 ? view.getUint32(p, little) : Number(view.getBigUint64(p, little));
      });
      numbers.set(view.getUint16(at, little), read);
    }
    const one = (tag: number, otherwise: number) => numbers.get(tag)?.[0] ?? otherwise;
    const samples = one(277, 1);
    const each = (tag: number, otherwise: number) => {
      const given = numbers.get(tag) ?? [otherwise];
      // Some writers give one number for all samples.
      return given.length === 1 ? Array<number>(Math.min(samples, MOST_SAMPLES)).fill(given[0]!) : given;
    };
    const tags = {
      width: one(256, 0),
      height: one(257, 0),
      photometric: one(262, -1),
      compression: one(259, 1),
      bits: each(258, 1),
      formats: each(339, 1),
      samples,
      extra: numbers.get(338) ?? [],
      subsampling: numbers.get(530) ?? [2, 2],
    };
    if (tags.width > 0 && tags.height > 0) return tags;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new ImageError('broken', 'the tags of the TIFF lie outside of it or lack its size; it is cut short or damaged');
}

/** How the samples of a TIFF become RGB. */
export interface TiffPlan {
  /** What the first samples of a pixel are. */
  readonly space: 'rgb' | 'cmyk' | 'ycbcr';
  /** Which samples beyond the colour there are: none that count, one that is alpha, or alpha at this place among several. */
  readonly beyond: 'nothing' | 'to drop' | 'alpha' | number;
  readonly deep: boolean;
}

const spaces: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  8: 'CIELAB colours',
  9: 'ICC LAB colours',
  10: 'ITU LAB colours',
  32803: 'the raw values of a camera (colour filter array)',
  32844: 'LogL values',
  32845: 'LogLuv values',
  34892: 'the raw values of a camera (linear raw)',
};
const words: Readonly<Record<number, string>> = { 2: 'signed', 3: 'floating point', 5: 'complex', 6: 'complex' };

/**
 * What to do with the samples: what Pillow does, where it knows.
 * @throws ImageError for samples without a fixed black and white, and colours that cannot be read
 */
export function tiffPlan(tags: TiffTags): TiffPlan {
  const { photometric, bits, formats, samples, compression, subsampling } = tags;
  const refuse = (what: string): never => {
    throw new ImageError('unsupported', `TIFF of ${what} cannot be read; save it as RGB or grey of 8 or 16 bits`);
  };
  const strange = formats.find((format) => format !== 1 && format !== 4);
  if (strange !== undefined) refuse(`${words[strange] ?? 'unknown'} samples`);
  const depth = bits[0]!;
  if (bits.some((b) => b !== depth)) refuse(`samples of different depth (${bits.join(', ')} bits)`);
  const colours = new Map([
    [0, 1],
    [1, 1],
    [2, 3],
    [3, 1],
    [5, 4],
    [6, 3],
  ]).get(photometric);
  if (colours === undefined) return refuse(spaces[photometric] ?? `colours of kind ${photometric}`);
  if (
    ![1, 2, 4, 8, 16].includes(depth) ||
    (depth < 8 && colours > 1) ||
    (depth === 16 && [3, 6].includes(photometric))
  ) {
    refuse(`${depth}-bit samples`);
  }
  if (samples < colours)
    throw new ImageError('broken', `the TIFF has ${samples} samples a pixel; its colours need ${colours}`);
  const deep = depth === 16;
  const beyond = samples - colours;
  if (photometric === 5) return { space: 'cmyk', beyond: beyond > 0 ? 'to drop' : 'nothing', deep };
  // JPEG inside keeps its own colours apart, and halved ones are put together where the file is unpacked.
  const plain = compression !== 6 && compression !== 7 && subsampling.every((n) => n === 1);
  if (photometric === 6 && plain) return { space: 'ycbcr', beyond: beyond > 0 ? 'to drop' : 'nothing', deep };
  if (beyond === 0) return { space: 'rgb', beyond: 'nothing', deep };
  if (photometric === 0 || photometric === 3 || depth < 8) refuse(`${samples} samples a pixel where one is the colour`);
  return { space: 'rgb', beyond: beyondColour(tags, beyond, refuse), deep };
}

function beyondColour(
  { extra, photometric }: TiffTags,
  beyond: number,
  refuse: (what: string) => never,
): TiffPlan['beyond'] {
  // Red, green, blue and one sample that nobody declared is alpha, as old writers left it out.
  if (extra.length === 0 && photometric === 2 && beyond === 1) return 'alpha';
  if (extra.length !== beyond)
    refuse(`${beyond} further sample${beyond === 1 ? '' : 's'} a pixel, of which ${extra.length} are declared,`);
  const alpha = extra.findIndex((kind) => kind === 1 || kind === 2);
  if (alpha < 0) return 'to drop';
  if (beyond === 1) return 'alpha';
  return extra[alpha] === 2 ? alpha : refuse('premultiplied alpha and other samples');
}
