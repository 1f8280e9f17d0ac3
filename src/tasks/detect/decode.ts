import { check } from '../../base/errors.ts';
import type { Corners } from '../../data/geometry/boxes.ts';
import { movePoint } from '../../data/geometry/map.ts';
import { nms } from '../../data/geometry/nms.ts';
import { inverseOf, type Placement } from '../../data/geometry/placement.ts';
import { type Detection, mergeTiles, type Tile } from '../../data/geometry/tiles.ts';

/** How boxes are chosen from what a network gives. */
export interface Choice {
  /** Boxes of a lower score are dropped. */
  readonly least: number;
  /** Of two boxes of one class that overlap by more (IoU), the surer one stays. */
  readonly overlap: number;
  /** Most boxes of a picture. */
  readonly most: number;
}

/** COCO's own: all that may count. */
export const forMetrics: Choice = { least: 0.01, overlap: 0.6, most: 100 };
/** Boxes of a view that are looked at, the surest. */
const MOST_BEFORE = 1000;

/** The boxes [A, 4] and scores [A, classes], 0 … 1, of one view, in pixels of the input, the surest first. */
export function chosen(
  boxes: Float32Array,
  scores: Float32Array,
  classes: number,
  { least, overlap, most }: Choice,
): Detection[] {
  check(
    boxes.length / 4 === scores.length / classes,
    () => `${boxes.length / 4} boxes have as many rows of ${classes} scores, got ${scores.length / classes}`,
  );
  const found: Detection[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!(score >= least)) continue;
    const at = Math.floor(i / classes) * 4;
    const box: Corners = [boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!];
    found.push({ box, score, index: i % classes });
  }
  found.sort((a, b) => b.score - a.score);
  found.length = Math.min(found.length, MOST_BEFORE);
  return nmsOf(found, overlap).slice(0, most);
}

function nmsOf(found: readonly Detection[], overlap: number): Detection[] {
  const kept = nms(
    found.map(({ box }) => box),
    found.map(({ score }) => score),
    overlap,
    found.map(({ index }) => index),
  );
  return kept.map((i) => found[i]!);
}

/** What was found in a picture's views, in pixels of the picture, cut at its edges; tiles are put together. */
export function ofPicture(
  views: readonly (readonly Detection[])[],
  placements: readonly Placement[],
  { overlap, most }: Pick<Choice, 'overlap' | 'most'>,
): Detection[] {
  const [height, width] = placements[0]!.from;
  const inside = ([l, t, r, b]: Corners): Corners => [
    Math.max(0, Math.min(width, l)),
    Math.max(0, Math.min(height, t)),
    Math.max(0, Math.min(width, r)),
    Math.max(0, Math.min(height, b)),
  ];
  const moved = views.map((found, v) => {
    const back = inverseOf(placements[v]!).map;
    return found.map((d) => ({ ...d, box: inside(both(back, d.box)) }));
  });
  const sound = (found: readonly Detection[]) => found.filter(({ box }) => box[2] > box[0] && box[3] > box[1]);
  if (views.length === 1) return sound(moved[0]!).slice(0, most);
  const tiles = placements.map((p): Tile => {
    const [l, t, r, b] = inside(both(inverseOf(p).map, [0, 0, p.size[1], p.size[0]]));
    return { x: l, y: t, width: r - l, height: b - t };
  });
  const inTiles = moved.map((found, v) => {
    const { x, y } = tiles[v]!;
    return sound(found).map(({ box: [l, t, r, b], ...d }) => ({ ...d, box: [l - x, t - y, r - x, b - y] as const }));
  });
  return mergeTiles(tiles, inTiles, [height, width], { threshold: overlap }).slice(0, most);
}

function both(map: Parameters<typeof movePoint>[0], [l, t, r, b]: Corners): Corners {
  const [x0, y0] = movePoint(map, [l, t]);
  const [x1, y1] = movePoint(map, [r, b]);
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}
