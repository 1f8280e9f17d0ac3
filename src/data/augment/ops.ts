import type { Random } from '../../base/random.ts';
import type { AffineMap } from '../geometry/map.ts';
import type { Image } from '../image.ts';
import { affine, rotate } from './affine.ts';
import { brightness, contrast, saturation, sharpness } from './colour.ts';
import { autoContrast, equalize, invert, posterize, solarize, solarizeAdd } from './tone.ts';

/**
 * The operations of RandAugment by timm's names, in its "increasing" form: each changes the picture more the nearer
 * `level` comes to 1 (timm's magnitude / 10), except the three that have no strength.
 */
const ops = {
  AutoContrast: (picture: Image) => autoContrast(picture),
  Equalize: (picture: Image) => equalize(picture),
  Invert: (picture: Image) => invert(picture),
  Rotate: (picture: Image, level: number, rng: Random) => rotate(picture, either(30 * level, rng)),
  Posterize: (picture: Image, level: number) => posterize(picture, 4 - Math.trunc(level * 4)),
  Solarize: (picture: Image, level: number) => solarize(picture, 256 - Math.trunc(level * 256)),
  SolarizeAdd: (picture: Image, level: number) => solarizeAdd(picture, Math.trunc(level * 110)),
  Color: (picture: Image, level: number, rng: Random) => saturation(picture, factor(level, rng)),
  Contrast: (picture: Image, level: number, rng: Random) => contrast(picture, factor(level, rng)),
  Brightness: (picture: Image, level: number, rng: Random) => brightness(picture, factor(level, rng)),
  Sharpness: (picture: Image, level: number, rng: Random) => sharpness(picture, factor(level, rng)),
  ShearX: (picture: Image, level: number, rng: Random) => affine(picture, [1, either(0.3 * level, rng), 0, 0, 1, 0]),
  ShearY: (picture: Image, level: number, rng: Random) => affine(picture, [1, 0, 0, either(0.3 * level, rng), 1, 0]),
  TranslateX: (picture: Image, level: number, rng: Random) =>
    affine(picture, [1, 0, either(0.45 * level, rng) * picture.width, 0, 1, 0]),
  TranslateY: (picture: Image, level: number, rng: Random) =>
    affine(picture, [1, 0, 0, 0, 1, either(0.45 * level, rng) * picture.height]),
} satisfies Record<string, (picture: Image, level: number, rng: Random) => unknown>;

export type OpName = keyof typeof ops;
export const opNames = Object.keys(ops) as OpName[];

/** Carries out one operation in place, at `level` 0 … 1. Returns where output points are read, if it moved pixels. */
export function applyOp(name: OpName, picture: Image, level: number, rng: Random): AffineMap | undefined {
  return ops[name](picture, level, rng) ?? undefined;
}

function either(value: number, rng: Random): number {
  return rng.uniform() < 0.5 ? value : -value;
}

function factor(level: number, rng: Random): number {
  return Math.max(0.1, 1 + either(0.9 * level, rng));
}
