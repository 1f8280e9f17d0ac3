/** Bytes before the first chunk of a PNG. */
export const SIGNATURE = 8;
/** Length, type and checksum of a chunk. */
export const AROUND = 12;

/** The chunks of a PNG in their order, up to one that is cut off before its data (PNG specification, 3rd edition, §5.3). */
export function* pngChunks(png: Uint8Array): Generator<{ readonly kind: string; readonly data: Buffer }> {
  const file = Buffer.from(png.buffer, png.byteOffset, png.length);
  for (let at = SIGNATURE; at + AROUND <= file.length; at += AROUND + file.readUInt32BE(at)) {
    const data = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    yield { kind: file.toString('latin1', at + 4, at + 8), data };
  }
}
