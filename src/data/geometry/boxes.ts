import type { Placement } from './placement.ts';
import { movePolygon, type Polygon } from './polygons.ts';

/** An upright box by its corners, in continuous pixel coordinates: left, top, right, bottom; right and bottom are where it ends. */
export type Corners = readonly [left: number, top: number, right: number, bottom: number];

/** A box that was moved and cut. */
export interface MovedBox {
  /** Which of the given boxes it was. */
  readonly index: number;
  /** What is seen of it, in output pixels, inside the output. */
  readonly box: Corners;
  /** Share of the box's area that is seen, 0 … 1. */
  readonly visible: number;
}

/** Which moved boxes are kept. */
export interface KeptBoxes {
  /** Boxes of which less than this share is seen are dropped (0, which still drops what is not seen at all). */
  readonly minVisible?: number;
  /** Boxes narrower or lower than this in the output, in pixels, are dropped (0). */
  readonly minSide?: number;
}

/** The area of a box, in pixels; 0 where it has none. */
export function boxArea([left, top, right, bottom]: Corners): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** The area that two boxes share, in pixels. */
export function sharedArea(a: Corners, b: Corners): number {
  return boxArea([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
}

/** Intersection over union of two boxes, 0 … 1; 0 where both have no area. */
export function boxIou(a: Corners, b: Corners): number {
  const shared = sharedArea(a, b);
  const union = boxArea(a) + boxArea(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** The smallest upright box around the points; null where there are none. */
export function boxAround(points: Polygon): Corners | null {
  if (points.length === 0) return null;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Moves and cuts boxes as the picture was. A turned box becomes the smallest upright one around what is seen of it (torchvision, too, takes
 * the upright box around the turned corners, but around all of it, and cuts then). Boxes of no area, and those not seen, are dropped.
 */
export function moveBoxes(boxes: readonly Corners[], placement: Placement, kept: KeptBoxes = {}): MovedBox[] {
  const { minVisible = 0, minSide = 0 } = kept;
  const moved: MovedBox[] = [];
  boxes.forEach((box, index) => {
    const { polygon, visible } = movePolygon(cornersOf(box), placement);
    const around = boxAround(polygon);
    if (!around || !(visible > 0) || visible < minVisible - 1e-9) return;
    if (Math.min(around[2] - around[0], around[3] - around[1]) < minSide - 1e-9) return;
    moved.push({ index, box: around, visible });
  });
  return moved;
}

/** A box as the outline of its four corners, clockwise from the upper left. */
export function cornersOf([left, top, right, bottom]: Corners): Polygon {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}
