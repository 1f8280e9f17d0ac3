import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode.ts';

/** Pictures that say only where libvips does not look that they are to be turned, made by hand. */
const pixels = Uint8Array.from({ length: 6 * 4 * 3 }, (_, i) => i);
const picture = () => sharp(pixels, { raw: { width: 6, height: 4, channels: 3 } });

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** EXIF with nothing but an orientation, of type SHORT. */
function exif(orientation: number): Buffer {
  const data = Buffer.alloc(26);
  data.write('MM\0*', 'latin1');
  data.writeUInt32BE(8, 4);
  data.writeUInt16BE(1, 8);
  data.writeUInt16BE(0x0112, 10);
  data.writeUInt16BE(3, 12);
  data.writeUInt32BE(1, 14);
  data.writeUInt16BE(orientation, 18);
  return data;
}

/** A PNG with more chunks before its last one, or right after its first. */
async function png(more: readonly Buffer[], where: 'behind' | 'before' = 'behind'): Promise<Buffer> {
  const plain = await picture().png().toBuffer();
  const at = where === 'behind' ? plain.length - 12 : 33;
  return Buffer.concat([plain.subarray(0, at), ...more, plain.subarray(at)]);
}

const xmp = (orientation: number) =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ` +
  `xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="${orientation}"/></rdf:RDF></x:xmpmeta>`;
const element = xmp(6).replace(' tiff:Orientation="6"/>', '><tiff:Orientation>6</tiff:Orientation></rdf:Description>');
const digits = (orientation: number) => {
  const data = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif(orientation)]);
  return `\nexif\n      ${data.length}\n${data.toString('hex').replace(/.{72}/g, '$&\n')}\n`;
};
const named = (name: string, ...data: (Buffer | string)[]) =>
  Buffer.concat([Buffer.from(`${name}\0`, 'latin1'), ...data.map((d) => Buffer.from(d as string))]);

describe('a picture that says elsewhere how it is turned', () => {
  it.each<[string, () => Promise<Buffer>]>([
    ['a PNG with eXIf behind its pixels', () => png([chunk('eXIf', exif(6))])],
    ['a PNG with XMP', () => png([chunk('iTXt', named('XML:com.adobe.xmp', '\0\0\0\0', xmp(8)))], 'before')],
    ['a PNG of ImageMagick', () => png([chunk('tEXt', named('Raw profile type exif', digits(3)))])],
    [
      'a PNG of ImageMagick, packed',
      () => png([chunk('zTXt', named('Raw profile type exif', '\0', deflateSync(digits(6))))]),
    ],
    ['a JPEG with XMP', () => picture().jpeg().withXmp(xmp(6)).toBuffer()],
    ['a JPEG with an element in XMP', () => picture().jpeg().withXmp(element).toBuffer()],
    ['a WebP with XMP', () => picture().webp().withXmp(xmp(5)).toBuffer()],
  ])('%s is refused', async (_, make) => {
    await expect(decodeImage(await make())).rejects.toThrow(
      /^it is to be turned \(orientation [3568]\).*save it upright/,
    );
  });

  it('is taken where it lies upright, or EXIF counts', async () => {
    for (const bytes of [
      await png([chunk('eXIf', exif(1))]),
      await png([chunk('tEXt', named('Raw profile type exif', 'no digits'))]),
      await png([chunk('eXIf', exif(6).subarray(0, 9))]),
      await picture().jpeg().withXmp(xmp(1)).toBuffer(),
    ]) {
      expect(await decodeImage(bytes)).toMatchObject({ width: 6, height: 4 });
    }
    const both = await picture().jpeg().withXmp(xmp(3)).withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodeImage(both)).toMatchObject({ width: 4, height: 6 });
  });
});
