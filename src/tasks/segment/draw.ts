import { classColour } from '../../data/class-colours.ts';
import type { Colour } from '../../data/draw.ts';
import { ignoreIndex, moveMask } from '../../data/geometry/mask.ts';
import type { Placement } from '../../data/geometry/placement.ts';
import type { Image } from '../../data/image.ts';
import { maskOfTarget, type SegmentTarget } from './target.ts';

/** How much of a pixel's colour is its class's, within a region and on its edge. */
const [INSIDE, EDGE] = [0.4, 1];
const grey: Colour = [160, 160, 160];
/** Where the picture shows nothing of its file. */
const NOWHERE = 0;

/** Tints the pixels of every class but the background on their picture, their edges fully; in grey what does not count. */
export function drawSegment(picture: Image, target: SegmentTarget, placement: Placement): void {
  const { width, height, data } = moveMask(maskOfTarget(target), placement, NOWHERE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const label = data[at]!;
      if (label === 0) continue;
      const same = (dx: number, dy: number) => {
        const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
        return !inside || data[at + dy * width + dx] === label;
      };
      const edge = !(same(-1, 0) && same(1, 0) && same(0, -1) && same(0, 1));
      const colour = label === ignoreIndex ? grey : classColour(label - 1);
      const share = edge && label !== ignoreIndex ? EDGE : INSIDE;
      for (let c = 0; c < 3; c++) {
        const o = at * 3 + c;
        picture.data[o] = Math.round(picture.data[o]! * (1 - share) + colour[c]! * share);
      }
    }
  }
}
