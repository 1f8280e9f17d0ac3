import { composeMaps, identityMap, invertMap, movePoint, type Point } from './map.ts';
import type { Placement, Size } from './placement.ts';

/** A closed outline without holes: its corners in order, either way round; the last joins the first. */
export type Polygon = readonly Point[];

/** An outline that was moved and cut, and how much of its area is left. */
export interface MovedPolygon {
  /** What is seen of it, in output pixels; empty where nothing is. Where an outline bends in, parts may hang together by edges of no width. */
  readonly polygon: Polygon;
  /** Share of the area that is seen, 0 … 1. */
  readonly visible: number;
}

/** The area that a polygon encloses (shoelace formula), in pixels; one that crosses itself counts by winding. */
export function polygonArea(polygon: Polygon): number {
  let twice = 0;
  polygon.forEach(([x, y], i) => {
    const [u, v] = polygon[(i + 1) % polygon.length]!;
    twice += x * v - u * y;
  });
  return Math.abs(twice) / 2;
}

/** The part of a polygon inside a frame of `size`, by Sutherland and Hodgman (1974); empty where nothing is. */
export function clipPolygon(polygon: Polygon, [height, width]: Size): Polygon {
  let kept = clipSide(polygon, 0, 1, 0);
  kept = clipSide(kept, 0, -1, width);
  kept = clipSide(kept, 1, 1, 0);
  return clipSide(kept, 1, -1, height);
}

/** The part where sign · coordinate + offset ≥ 0 on one axis. */
function clipSide(polygon: Polygon, axis: 0 | 1, sign: 1 | -1, offset: number): Polygon {
  const inside = (p: Point) => sign * p[axis] + offset;
  if (polygon.every((p) => inside(p) >= 0)) return polygon;
  const kept: Point[] = [];
  const edge = sign * -offset + 0;
  polygon.forEach((p, i) => {
    const q = polygon[(i + 1) % polygon.length]!;
    const [a, b] = [inside(p), inside(q)];
    if (a >= 0) kept.push(p);
    if (a >= 0 !== b >= 0) {
      const other = p[1 - axis]! + ((q[1 - axis]! - p[1 - axis]!) * a) / (a - b);
      kept.push(axis === 0 ? [edge, other] : [other, edge]);
    }
  });
  return kept;
}

/** Moves and cuts an outline as the picture was: by the source's edges, every frame on the way and the output's edges. */
export function movePolygon(polygon: Polygon, placement: Placement): MovedPolygon {
  const whole = polygonArea(polygon);
  let seen = clipPolygon(polygon, placement.from);
  let at = identityMap;
  for (const { map, size } of [...placement.frames, placement]) {
    const step = composeMaps(invertMap(at), map);
    seen = clipPolygon(
      seen.map((p) => movePoint(step, p)),
      size,
    );
    at = map;
  }
  const [a, b, , d, e] = placement.map;
  return { polygon: seen, visible: whole > 0 ? Math.min(1, polygonArea(seen) / (whole * Math.abs(a * e - b * d))) : 0 };
}
