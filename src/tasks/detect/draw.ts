import { classColour } from '../../data/class-colours.ts';
import { strokeBox } from '../../data/draw.ts';
import { moveBoxes } from '../../data/geometry/boxes.ts';
import type { Placement } from '../../data/geometry/placement.ts';
import type { Image } from '../../data/image.ts';
import type { DetectTarget } from './target.ts';

/** Draws the boxes of a target on its picture, each in the colour of its class; crowds in grey. */
export function drawDetect(picture: Image, { objects }: DetectTarget, placement: Placement): void {
  const thick = Math.max(1, Math.round(Math.min(picture.width, picture.height) / 160));
  const boxes = objects.map(({ box }) => box);
  for (const { index, box } of moveBoxes(boxes, placement)) {
    const { label, crowd } = objects[index]!;
    strokeBox(picture, box, crowd ? [160, 160, 160] : classColour(label), thick);
  }
}
