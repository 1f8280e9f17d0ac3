import type { Random } from '../../base/random.ts';
import { boxArea, type Corners } from '../geometry/boxes.ts';
import type { Box } from '../resize/resize.ts';
import { randomCrop } from './crop.ts';
import type { Recipe } from './recipe.ts';

type Crop = NonNullable<Recipe['crop']>;

/** A random crop that looks at the picture's boxes, of which there is at least one: its size is drawn as ever, its place by them. */
export function cropByTargets(
  width: number,
  height: number,
  crop: Pick<Crop, 'scale' | 'ratio'>,
  { seeing, prefer, minVisible }: NonNullable<Crop['targets']>,
  inputRatio: number,
  targets: readonly Corners[],
  rng: Random,
): Box {
  for (let attempt = 1; ; attempt++) {
    let box = randomCrop(width, height, crop, inputRatio, rng);
    if (rng.uniform() < seeing) {
      const [left, top, right, bottom] = targets[draw(targets, prefer, rng)]!;
      box = {
        ...box,
        x: placeOn(left, right, box.width, width, rng),
        y: placeOn(top, bottom, box.height, height, rng),
      };
    }
    if (attempt === 10 || targets.every((t) => wellSeen(t, box, minVisible))) return box;
  }
}

/** Which box a crop is to hold. */
function draw(targets: readonly Corners[], prefer: 'any' | 'small', rng: Random): number {
  if (prefer === 'any') return rng.below(targets.length);
  const chances = targets.map((t) => 1 / Math.max(1, Math.sqrt(boxArea(t))));
  let left = rng.uniform() * chances.reduce((a, b) => a + b, 0);
  for (let i = 0; i < chances.length - 1; i++) {
    left -= chances[i]!;
    if (left < 0) return i;
  }
  return chances.length - 1;
}

/** On one axis, where a crop of `length` begins that holds low … high, or lies in it where that is longer; within 0 … whole. */
export function placeOn(low: number, high: number, length: number, whole: number, rng: Random): number {
  const ends = [Math.ceil(high - length), Math.floor(low)].map((v) => Math.max(0, Math.min(whole - length, v)));
  const first = Math.min(...ends);
  return first + rng.below(Math.max(...ends) - first + 1);
}

/** Whether nothing of the box is seen, or at least `minVisible` of it. */
function wellSeen(target: Corners, { x, y, width, height }: Box, minVisible: number): boolean {
  const seen = boxArea([
    Math.max(target[0], x),
    Math.max(target[1], y),
    Math.min(target[2], x + width),
    Math.min(target[3], y + height),
  ]);
  return seen === 0 || seen >= minVisible * boxArea(target) - 1e-9;
}
