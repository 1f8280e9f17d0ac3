import type { Random } from '../base/random.ts';
import { affine, rotate } from '../data/augment/affine.ts';
import { lookUp, tableOf } from '../data/augment/colour.ts';
import type { Image } from '../data/image.ts';

/* What a camera and its place do to a picture, in place, each with a strength in the unit of its own trade. */

/** Light more or less by `stops` (a stop is twice the light), on linear light: bytes are sRGB's, IEC 61966-2-1. */
export function expose(picture: Image, stops: number): void {
  const gain = 2 ** stops;
  lookUp(
    picture,
    tableOf((v) => Math.round(255 * encoded(Math.min(1, gain * linear(v / 255))))),
  );
}

const linear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const encoded = (v: number) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** Out of focus: a Gaussian of this share of the shorter side as its deviation; beyond the border the outermost pixels go on. */
export function blur({ width, height, data }: Image, share: number): void {
  const sigma = share * Math.min(width, height);
  const reach = Math.ceil(3 * sigma);
  const bell = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const sum = bell.reduce((a, b) => a + b, 0);
  const taps = Float64Array.from(bell, (v) => v / sum);
  const passed = new Float64Array(data.length);
  smooth(data, passed, taps, { length: width, step: 3, lines: height, lineStep: 3 * width });
  const out = new Float64Array(data.length);
  smooth(passed, out, taps, { length: height, step: 3 * width, lines: width, lineStep: 3 });
  for (let i = 0; i < data.length; i++) data[i] = Math.round(out[i]!);
}

/** How one axis of a picture lies in its bytes. */
interface Axis {
  readonly length: number;
  readonly step: number;
  readonly lines: number;
  readonly lineStep: number;
}

function smooth(
  from: ArrayLike<number>,
  to: Float64Array,
  taps: Float64Array,
  { length, step, lines, lineStep }: Axis,
): void {
  const reach = (taps.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    for (let x = 0; x < length; x++) {
      for (let c = line * lineStep; c < line * lineStep + 3; c++) {
        let value = 0;
        for (let k = -reach; k <= reach; k++) {
          value += taps[k + reach]! * from[c + Math.max(0, Math.min(length - 1, x + k)) * step]!;
        }
        to[c + x * step] = value;
      }
    }
  }
}

/** Noise of the sensor: Gaussian with this deviation in bytes (0 … 255), each value for itself. */
export function grain({ data }: Image, deviation: number, rng: Random): void {
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(0, Math.min(255, Math.round(data[i]! + deviation * rng.normal())));
  }
}

/** The camera turned by this angle, to either side; beyond the border the outermost pixels go on. */
export function turn(picture: Image, degrees: number, rng: Random): void {
  rotate(picture, rng.uniform() < 0.5 ? degrees : -degrees, 'edge');
}

/** The part lies elsewhere by this share of width and of height, each to either side. */
export function shift(picture: Image, share: number, rng: Random): void {
  const by = (side: number) => (rng.uniform() < 0.5 ? share : -share) * side;
  affine(picture, [1, 0, by(picture.width), 0, 1, by(picture.height)], 'edge');
}
