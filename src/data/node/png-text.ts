import { crc32 } from 'node:zlib';
import { check } from '../../base/errors.ts';
import { AROUND, pngChunks, SIGNATURE } from './png-chunks.ts';

/** Words about a picture inside its PNG file: `tEXt` chunks (PNG specification, 3rd edition, §11.3.3.2). */

/** The PNG with these words in it, behind its header; a key has 1 to 79 letters, and all text is Latin-1. */
export function withPngText(png: Uint8Array, words: Readonly<Record<string, string>>): Uint8Array {
  const chunks = Object.entries(words).map(([key, text]) => {
    check(
      /^[ -~]{1,79}$/.test(key) && /^[\x20-\x7e\xa1-\xff\n]*$/.test(text),
      () => `a PNG's text is Latin-1, with a key of 1 to 79 letters; got ${key}: ${text}`,
    );
    return chunk('tEXt', Buffer.from(`${key}\0${text}`, 'latin1'));
  });
  const header = SIGNATURE + AROUND + Buffer.from(png).readUInt32BE(SIGNATURE);
  return Uint8Array.from(Buffer.concat([png.subarray(0, header), ...chunks, png.subarray(header)]));
}

/** The words in a PNG. */
export function pngText(png: Uint8Array): Record<string, string> {
  const words: Record<string, string> = {};
  for (const { kind, data } of pngChunks(png)) {
    if (kind !== 'tEXt') continue;
    const text = data.toString('latin1');
    words[text.slice(0, text.indexOf('\0'))] = text.slice(text.indexOf('\0') + 1);
  }
  return words;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = Buffer.alloc(AROUND + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
