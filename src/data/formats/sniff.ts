/** The picture formats that are told apart by their first bytes. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'bmp' | 'heif';

const extensions: Record<ImageFormat, readonly string[]> = {
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif'],
  png: ['png'],
  webp: ['webp'],
  gif: ['gif'],
  tiff: ['tif', 'tiff'],
  bmp: ['bmp', 'dib'],
  heif: ['avif', 'heif', 'heic'],
};

/** The format of a picture by its first bytes (32 are enough), or undefined when it is none that is known. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8) === 'WEBP') return 'webp';
  // The ones with '+' are BigTIFF.
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => text.startsWith(magic))) return 'tiff';
  // 'BM' alone is too weak: the header's length must be one that exists.
  if (text.startsWith('BM') && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0)) return 'bmp';
  const brand = String.fromCharCode(...bytes.subarray(8, 12));
  if (
    text.slice(4, 8) === 'ftyp' &&
    ['avif', 'avis', 'heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'].includes(brand)
  )
    return 'heif';
  return undefined;
}

/** Formats of pictures and films that are not read, by their first bytes; `at` says where those stand. */
const unread: readonly { name: string; at?: number; magic: readonly string[] }[] = [
  { name: 'JPEG XL', magic: ['\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'] },
  { name: 'JPEG 2000', magic: ['\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'] },
  { name: 'JPEG XR', magic: ['II\xbc\x01'] },
  { name: 'Photoshop (PSD)', magic: ['8BPS'] },
  { name: 'DICOM', at: 128, magic: ['DICM'] },
  { name: 'OpenEXR', magic: ['\x76\x2f\x31\x01'] },
  { name: 'Radiance HDR', magic: ['#?RADIANCE', '#?RGBE'] },
  { name: 'DirectDraw (DDS)', magic: ['DDS '] },
  { name: 'FITS', magic: ['SIMPLE  ='] },
  { name: 'GIMP (XCF)', magic: ['gimp xcf'] },
  { name: 'QOI', magic: ['qoif'] },
  { name: 'camera raw', magic: ['FUJIFILMCCD-RAW', 'IIRO', 'IIRS', 'MMOR', 'IIU\0'] },
  { name: 'Flash', magic: ['FWS', 'CWS', 'ZWS'] },
  { name: 'video (Matroska, WebM)', magic: ['\x1a\x45\xdf\xa3'] },
  { name: 'video (MP4, QuickTime)', at: 4, magic: ['ftyp', 'moov', 'mdat'] },
];

/** What kind of picture or film it is that `imageFormat` does not know and nothing here reads (132 bytes are enough). */
export function unreadFormat(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 160));
  if (text.startsWith('RIFF') && text.startsWith('AVI ', 8)) return 'video (AVI)';
  if (/^P[1-7][\s#]/.test(text)) return 'Netpbm (PBM, PGM, PPM)';
  // An icon says how many pictures it holds, where a Targa without a palette has none.
  const [count, palette] = [text.slice(4, 6), text.slice(3, 8)];
  if (['\0\0\x01\0', '\0\0\x02\0'].some((m) => text.startsWith(m)) && count !== '\0\0') return 'Windows icon';
  if (['\0\x02', '\0\x03', '\0\x0a', '\0\x0b'].some((m) => text.startsWith(m, 1)) && palette === '\0'.repeat(5)) {
    return 'Targa (TGA)';
  }
  return unread.find(({ at = 0, magic }) => magic.some((m) => text.startsWith(m, at)))?.name;
}

/** The extension of a file name in lower case, without the dot ('' when there is none). */
export function extensionOf(name: string): string {
  return /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** Whether a file name ends as pictures do. */
export function looksLikeImage(name: string): boolean {
  return Object.values(extensions).some((known) => known.includes(extensionOf(name)));
}

/** Whether the extension of `name` is one of `format`. */
export function extensionFits(name: string, format: ImageFormat): boolean {
  return extensions[format].includes(extensionOf(name));
}
