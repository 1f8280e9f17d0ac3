import { check } from '../../base/errors.ts';
import { type Background, type Image, image } from '../image.ts';

/** How each pixel of `samples` bytes becomes RGB. */
type Convert = (from: Uint8Array, i: number, to: Uint8Array, o: number) => void;

function converted(data: Uint8Array, width: number, height: number, samples: number, convert: Convert): Image {
  check(
    data.length === width * height * samples,
    () =>
      `pixels of ${width}×${height} with ${samples} samples hold ${width * height * samples} bytes, got ${data.length}`,
  );
  const out = image(width, height);
  for (let i = 0, o = 0; i < data.length; i += samples, o += 3) convert(data, i, out.data, o);
  return out;
}

/** RGB from inks (cyan, magenta, yellow, black; 255 is all of it), without a profile, as Pillow does it; samples after the fourth are ignored. */
export function fromInks(data: Uint8Array, width: number, height: number, samples = 4): Image {
  return converted(data, width, height, samples, (from, i, to, o) => {
    const light = 255 - from[i + 3]!;
    for (let c = 0; c < 3; c++) {
      const product = from[i + c]! * light + 128;
      to[o + c] = light - (((product >> 8) + product) >> 8);
    }
  });
}

/** RGB from luma and two differences of full range (JPEG's YCbCr, ITU-R BT.601); samples after the third are ignored. */
export function fromYcc(data: Uint8Array, width: number, height: number, samples = 3): Image {
  return converted(data, width, height, samples, (from, i, to, o) => {
    const y = from[i]!;
    const blue = from[i + 1]! - 128;
    const red = from[i + 2]! - 128;
    to[o] = byte(y + 1.402 * red);
    to[o + 1] = byte(y - 0.344136 * blue - 0.714136 * red);
    to[o + 2] = byte(y + 1.772 * blue);
  });
}

/** RGB over `background` from RGB and further samples, of which the one at `alpha` (3 is the first) says how opaque a pixel is. */
export function overBackground(
  data: Uint8Array,
  width: number,
  height: number,
  samples: number,
  alpha: number,
  background: Background,
): Image {
  const under = background === 'white' ? 255 : 0;
  return converted(data, width, height, samples, (from, i, to, o) => {
    const opaque = from[i + alpha]!;
    for (let c = 0; c < 3; c++) to[o + c] = Math.round((from[i + c]! * opaque + under * (255 - opaque)) / 255);
  });
}

function byte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
