import { check } from '../../base/errors.ts';
import { boxArea, boxIou, type Corners, sharedArea } from './boxes.ts';
import { nms } from './nms.ts';
import type { Size } from './placement.ts';

/** A tile of a large picture: its rectangle, in whole pixels. */
export interface Tile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Tiles of size `tile` that cover a picture of `size`, row by row, neighbours sharing at least `overlap` pixels. The last ones are moved
 * inwards, so that all are of full size; where the picture is smaller than a tile, the tile is as small as the picture.
 * @throws YosegiError when the overlap is not smaller than the tile
 */
export function tilesOf(size: Size, tile: Size, overlap: number): Tile[] {
  check(
    tile.every((side) => Number.isInteger(side) && side > 0) && Number.isInteger(overlap) && overlap >= 0,
    () => `tiles have whole sides from 1 and an overlap from 0 on, got ${tile[1]}×${tile[0]} and ${overlap}`,
  );
  check(
    overlap < Math.min(...tile),
    () => `tiles of ${tile[1]}×${tile[0]} overlap by less than their shorter side, got ${overlap}`,
  );
  const across = starts(size[1], tile[1], overlap);
  return starts(size[0], tile[0], overlap).flatMap((y) =>
    across.map((x) => ({ x, y, width: Math.min(tile[1], size[1]), height: Math.min(tile[0], size[0]) })),
  );
}

/** Where tiles begin on one axis, evenly spread. */
function starts(length: number, tile: number, overlap: number): number[] {
  if (length <= tile) return [0];
  const steps = Math.ceil((length - tile) / (tile - overlap));
  return Array.from({ length: steps + 1 }, (_, i) => Math.floor((i * (length - tile)) / steps));
}

/** A detection in a tile or in the picture. */
export interface Detection {
  readonly box: Corners;
  readonly score: number;
  readonly index: number;
}

/** How detections of tiles are merged. */
export interface TileMerge {
  /** Intersection over union above which two boxes of one class are one thing (0.5). */
  readonly threshold?: number;
  /** A box that ends within this many pixels of its tile's inner border was cut by it (2). */
  readonly margin?: number;
}

/** In place of a tile's number, for what was put together from several. */
const JOINED = -1;

interface Seen extends Detection {
  readonly tile: number;
  /** Which of its sides an inner border cut: left, top, right, bottom. */
  readonly cut: readonly boolean[];
}

/**
 * The detections of overlapping tiles, each in its tile's coordinates, as those of the picture. Of a thing at an inner border, the tile
 * beside it that sees the whole thing is believed; a thing larger than the overlap is put together from its parts; what two tiles saw
 * alike is one by {@link nms} within its class. Sorted by score.
 * @throws YosegiError when there are not as many lists as tiles
 */
export function mergeTiles(
  tiles: readonly Tile[],
  found: readonly (readonly Detection[])[],
  size: Size,
  options: TileMerge = {},
): Detection[] {
  const { threshold = 0.5, margin = 2 } = options;
  check(
    found.length === tiles.length,
    () => `${tiles.length} tiles have as many lists of detections, got ${found.length}`,
  );
  const all = tiles.flatMap((tile, t) => found[t]!.map((d) => seenIn(tile, t, d, size, margin)));
  const whole = all.filter(({ cut }) => !cut.some(Boolean));
  // A part is not needed where a tile beside sees the thing whole.
  const parts = all.filter((d) => d.cut.some(Boolean) && !whole.some((w) => sameThing(w, d) && covers(w.box, d.box)));
  const joined = joinParts(parts, margin);
  const merged = [...whole, ...joined];
  const kept = nms(
    merged.map(({ box }) => box),
    merged.map(({ score }) => score),
    threshold,
    merged.map(({ index }) => index),
  );
  return kept.map((i) => {
    const { box, score, index } = merged[i]!;
    return { box, score, index };
  });
}

function seenIn(tile: Tile, t: number, { box, score, index }: Detection, [height, width]: Size, margin: number): Seen {
  const [left, top, right, bottom] = box;
  const cut = [
    tile.x > 0 && left <= margin,
    tile.y > 0 && top <= margin,
    tile.x + tile.width < width && right >= tile.width - margin,
    tile.y + tile.height < height && bottom >= tile.height - margin,
  ];
  return { box: [left + tile.x, top + tile.y, right + tile.x, bottom + tile.y], score, index, tile: t, cut };
}

/** Of one class and two tiles. */
function sameThing(a: Seen, b: Seen): boolean {
  return a.index === b.index && (a.tile !== b.tile || a.tile === JOINED);
}

/** Whether more than half of `part` lies in `box`. */
function covers(box: Corners, part: Corners): boolean {
  return sharedArea(box, part) > 0.5 * boxArea(part);
}

/** Puts together parts of one thing, pair by pair until none is left: cut on facing sides, overlapping, and as long along the border. */
function joinParts(parts: readonly Seen[], margin: number): Seen[] {
  const left = [...parts].sort((a, b) => b.score - a.score);
  for (let i = 0; i < left.length; i++) {
    const j = left.findIndex((other, k) => k > i && sameThing(left[i]!, other) && continues(left[i]!, other, margin));
    if (j < 0) continue;
    left[i] = together(left[i]!, left[j]!);
    left.splice(j, 1);
    // What has grown may continue in a part that was passed over before.
    i = -1;
  }
  // What four tiles see of one thing may be put together from some of the parts; the others lie in it.
  return left.filter(
    (part) =>
      !left.some(
        (w) => w.tile === JOINED && sameThing(w, part) && boxArea(w.box) > boxArea(part.box) && covers(w.box, part.box),
      ),
  );
}

/** Whether two parts continue each other over a border, across or down. */
function continues(a: Seen, b: Seen, margin: number): boolean {
  return [0, 1].some((axis) => {
    const [first, second] = a.box[axis]! <= b.box[axis]! ? [a, b] : [b, a];
    const facing = first.cut[axis + 2]! && second.cut[axis]!;
    return facing && first.box[axis + 2]! >= second.box[axis]! - margin && alongside(a.box, b.box, 1 - axis) > 0.5;
  });
}

/** Intersection over union of two boxes' extents on one axis. */
function alongside(a: Corners, b: Corners, axis: number): number {
  const line = (box: Corners): Corners => [box[axis]!, 0, box[axis + 2]!, 1];
  return boxIou(line(a), line(b));
}

/** The box around both; still cut on the sides where the outer part is. */
function together(a: Seen, b: Seen): Seen {
  const [l, t, r, m] = [0, 1, 2, 3].map((side) => {
    const outer = side < 2 ? a.box[side]! <= b.box[side]! : a.box[side]! >= b.box[side]!;
    return outer ? a : b;
  }) as [Seen, Seen, Seen, Seen];
  return {
    box: [l.box[0], t.box[1], r.box[2], m.box[3]],
    cut: [l.cut[0]!, t.cut[1]!, r.cut[2]!, m.cut[3]!],
    score: Math.max(a.score, b.score),
    index: a.index,
    tile: JOINED,
  };
}
