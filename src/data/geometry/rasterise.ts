import { check } from '../../base/errors.ts';
import type { Mask } from './mask.ts';
import type { Size } from './placement.ts';
import type { Polygon } from './polygons.ts';
import { paintRle, type Rle } from './rle.ts';

/** How much finer than pixels the outline is walked. */
const FINER = 5;

/**
 * The pixels inside a polygon, step by step as pycocotools' `frPyObjects` finds them (rleFrPoly), so that masks are COCO's to the pixel:
 * about those whose centres lie inside.
 * @throws YosegiError when it has fewer than three corners, or one that is no number
 */
export function rleOfPolygon(polygon: Polygon, [height, width]: Size): Rle {
  check(polygon.length >= 3, () => `a polygon has at least three corners, got ${polygon.length}`);
  check(
    polygon.flat().every(Number.isFinite),
    () => `the corners of a polygon are numbers, got ${JSON.stringify(polygon)}`,
  );
  const { u, v } = outline(polygon);
  const crossings: number[] = [];
  for (let j = 1; j < u.length; j++) {
    if (u[j] === u[j - 1]) continue;
    const x = ((u[j]! < u[j - 1]! ? u[j]! : u[j]! - 1) + 0.5) / FINER - 0.5;
    if (!Number.isInteger(x) || x < 0 || x > width - 1) continue;
    const y = (Math.min(v[j]!, v[j - 1]!) + 0.5) / FINER - 0.5;
    crossings.push(x * height + Math.ceil(Math.max(0, Math.min(height, y))));
  }
  crossings.push(height * width);
  crossings.sort((a, b) => a - b);
  return { size: [height, width], counts: alternate(crossings) };
}

/** The points of the outline in units of a fifth of a pixel, every one on the way from corner to corner. */
function outline(polygon: Polygon): { u: number[]; v: number[] } {
  const u: number[] = [];
  const v: number[] = [];
  const corners = polygon.map(([x, y]) => [Math.trunc(FINER * x + 0.5), Math.trunc(FINER * y + 0.5)] as const);
  corners.forEach((start, j) => {
    const end = corners[(j + 1) % corners.length]!;
    const dx = Math.abs(end[0] - start[0]);
    const dy = Math.abs(end[1] - start[1]);
    const flat = dx >= dy;
    const flip = flat ? start[0] > end[0] : start[1] > end[1];
    const [s, e] = flip ? [end, start] : [start, end];
    const length = Math.max(dx, dy);
    const slope = length === 0 ? 0 : flat ? (e[1] - s[1]) / dx : (e[0] - s[0]) / dy;
    for (let d = 0; d <= length; d++) {
      const t = flip ? length - d : d;
      u.push(flat ? s[0] + t : Math.trunc(s[0] + slope * t + 0.5));
      v.push(flat ? Math.trunc(s[1] + slope * t + 0.5) : s[1] + t);
    }
  });
  return { u, v };
}

/** Run lengths from sorted places where 0 and 1 change; two changes at one place undo each other. */
function alternate(places: readonly number[]): number[] {
  const steps = places.map((p, i) => p - (i > 0 ? places[i - 1]! : 0));
  const runs = [steps[0]!];
  for (let j = 1; j < steps.length; j++) {
    if (steps[j]! > 0) runs.push(steps[j]!);
    else if (++j < steps.length) runs[runs.length - 1] = runs.at(-1)! + steps[j]!;
  }
  return runs;
}

/** Something that is painted into a mask: outlines (together one thing) or an RLE, and the index of its class. */
export interface Shape {
  readonly index: number;
  readonly polygons?: readonly Polygon[];
  readonly rle?: Rle;
}

/**
 * Paints shapes into a mask in their order, later ones over earlier ones.
 * @throws YosegiError when an RLE is of another size, or an outline is none
 */
export function paintShapes(target: Mask, shapes: readonly Shape[]): void {
  for (const { index, polygons = [], rle } of shapes) {
    for (const polygon of polygons) paintRle(target, rleOfPolygon(polygon, [target.height, target.width]), index);
    if (rle) paintRle(target, rle, index);
  }
}
