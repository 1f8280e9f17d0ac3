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
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  // 'BM' alone is too weak: the header's length must be one that exists.
  if (text.startsWith('BM') && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0)) return 'bmp';
  const brand = String.fromCharCode(...bytes.subarray(8, 12));
  if (text.slice(4, 8) === 'ftyp' && ['avif', 'avis', 'heic', 'heix', 'mif1', 'msf1'].includes(brand)) return 'heif';
  return undefined;
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
