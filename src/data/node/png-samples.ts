import { inflateSync } from 'node:zlib';
import { check } from '../../base/errors.ts';
import type { Colour } from '../draw.ts';
import { pngChunks } from './png-chunks.ts';

/** A grey or palette PNG as it is stored: a decoder for looking at pictures would give colours. */
export interface PngSamples {
  readonly width: number;
  readonly height: number;
  /** `width * height` greys, or indices of the palette, not stretched to 0 … 255. */
  readonly samples: Uint8Array;
  readonly palette?: readonly Colour[];
}

/**
 * The samples of a grey or palette PNG of up to 8 bits; undefined for other PNGs (colours, 16 bits, interlaced).
 * @throws YosegiError or zlib's error when the file is damaged or has more than `maxPixels`
 */
export function pngSamples(bytes: Uint8Array, maxPixels: number): PngSamples | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, , , interlaced] = [24, 25, 26, 27, 28].map((at) => bytes[at]!) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if ((colour !== 0 && colour !== 3) || depth > 8 || interlaced !== 0) return undefined;
  check(width > 0 && height > 0 && width * height <= maxPixels, () => `${width}×${height} pixels are too many`);
  const data: Uint8Array[] = [];
  let palette: Colour[] | undefined;
  for (const { kind, data: body } of pngChunks(bytes)) {
    if (kind === 'IDAT') data.push(body);
    if (kind === 'PLTE') {
      palette = Array.from({ length: Math.floor(body.length / 3) }, (_, i) => [
        body[3 * i]!,
        body[3 * i + 1]!,
        body[3 * i + 2]!,
      ]);
    }
    if (kind === 'IEND') break;
  }
  const stride = Math.ceil((width * depth) / 8);
  const size = (stride + 1) * height;
  const lines = inflateSync(Buffer.concat(data), { maxOutputLength: size + 1024 });
  check(lines.length >= size, () => `its pixels end after ${lines.length} of ${size} bytes`);
  unfilter(lines, stride, height);
  const samples = unpacked(lines, stride, width, height, depth);
  return { width, height, samples, ...(colour === 3 && palette && { palette }) };
}

/** Undoes the filters of every line, in place; a sample is at most a byte, so its neighbour is one byte to the left. */
function unfilter(lines: Uint8Array, stride: number, height: number): void {
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1) + 1;
    const filter = lines[start - 1]!;
    check(filter <= 4, () => `its line ${y} has the filter ${filter}, which does not exist`);
    if (filter === 0) continue;
    for (let i = start; i < start + stride; i++) {
      const left = i > start ? lines[i - 1]! : 0;
      const above = y > 0 ? lines[i - stride - 1]! : 0;
      if (filter === 1) lines[i]! += left;
      else if (filter === 2) lines[i]! += above;
      else if (filter === 3) lines[i]! += (left + above) >> 1;
      else lines[i]! += paeth(left, above, i > start && y > 0 ? lines[i - stride - 2]! : 0);
    }
  }
}

/** The neighbour nearest to left + above - corner (PNG, 9.4). */
function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function unpacked(lines: Uint8Array, stride: number, width: number, height: number, depth: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const each = 8 / depth;
  const most = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1) + 1;
    if (depth === 8) out.set(lines.subarray(start, start + width), y * width);
    else {
      for (let x = 0; x < width; x++) {
        const byte = lines[start + Math.floor(x / each)]!;
        out[y * width + x] = (byte >> (8 - depth * ((x % each) + 1))) & most;
      }
    }
  }
  return out;
}
