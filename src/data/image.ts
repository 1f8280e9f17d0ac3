import { check, YosegiError } from '../base/errors.ts';

/** An 8-bit RGB picture: rows from the top, pixels from the left, three bytes a pixel. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** `width * height * 3` bytes. */
  readonly data: Uint8Array;
}

/** Why a picture cannot be used. */
export type ImageFault =
  | 'missing'
  | 'empty'
  | 'not-an-image'
  | 'unsupported'
  | 'broken'
  | 'too-many-pixels'
  | 'too-many-bytes';

/** Thrown when a picture cannot be decoded; `fault` says which kind of trouble it is. */
export class ImageError extends YosegiError {
  override readonly name = 'ImageError';
  readonly fault: ImageFault;
  constructor(fault: ImageFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A picture over `data` (black when left out); throws when the length does not match. */
export function image(width: number, height: number, data?: Uint8Array): Image {
  check(
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0,
    () => `a picture needs a whole width and height of at least 1, got ${width}×${height}`,
  );
  const bytes = data ?? new Uint8Array(width * height * 3);
  check(
    bytes.length === width * height * 3,
    () => `an RGB picture of ${width}×${height} holds ${width * height * 3} bytes, got ${bytes.length}`,
  );
  return { width, height, data: bytes };
}

/** The colour that shows through transparent pixels. */
export type Background = 'white' | 'black';

/**
 * RGB from RGBA bytes (a canvas' ImageData), composited on `background`.
 * @throws YosegiError when the length is not width × height × 4
 */
export function fromRgba(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  background: Background = 'white',
): Image {
  check(
    rgba.length === width * height * 4,
    () => `RGBA pixels of ${width}×${height} hold ${width * height * 4} bytes, got ${rgba.length}`,
  );
  const out = image(width, height);
  const under = background === 'white' ? 255 : 0;
  for (let i = 0, o = 0; i < rgba.length; i += 4, o += 3) {
    const alpha = rgba[i + 3]!;
    const rest = under * (255 - alpha);
    out.data[o] = Math.round((rgba[i]! * alpha + rest) / 255);
    out.data[o + 1] = Math.round((rgba[i + 1]! * alpha + rest) / 255);
    out.data[o + 2] = Math.round((rgba[i + 2]! * alpha + rest) / 255);
  }
  return out;
}

/** RGB with three equal channels from one byte a pixel. */
export function fromGrey(grey: Uint8Array, width: number, height: number): Image {
  check(
    grey.length === width * height,
    () => `grey pixels of ${width}×${height} hold ${width * height} bytes, got ${grey.length}`,
  );
  const out = image(width, height);
  for (let i = 0, o = 0; i < grey.length; i++, o += 3) {
    const v = grey[i]!;
    out.data[o] = v;
    out.data[o + 1] = v;
    out.data[o + 2] = v;
  }
  return out;
}
