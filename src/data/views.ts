import { type Placement, type Size, windowed } from './geometry/placement.ts';
import { tilesOf } from './geometry/tiles.ts';
import type { Image } from './image.ts';
import { cutOut, fit as fitTo, type Preprocessing, placementOf } from './preprocess.ts';
import { resample } from './resize/resize.ts';

/** What a network sees of a picture at once: all of it, or one of its tiles. */
export interface View {
  readonly placement: Placement;
  /** Of a tile, where it begins in the resized picture, x and y; null where the view is the whole picture. */
  readonly at: readonly [number, number] | null;
}

/** The views of a picture of size `from`, one unless the preprocessing cuts it into tiles; row by row. */
export function viewsOf(from: Size, p: Preprocessing): View[] {
  if (!p.tiles) return [{ placement: placementOf(from[1], from[0], p), at: null }];
  const scaled = scaledTo(from, p.tiles.scale);
  const overlap = Math.floor(p.tiles.overlap * Math.min(...p.size));
  return tilesOf(scaled, p.size, overlap).map(({ x, y }) => ({
    at: [x, y],
    placement: windowed(from, scaled, [x, y], p.size),
  }));
}

/** What all views of a picture are cut from: the picture at the input's size, or, for tiles, resized as a whole. */
export function viewBase(source: Image, p: Preprocessing): Image {
  if (!p.tiles) return fitTo(source, p);
  const [height, width] = scaledTo([source.height, source.width], p.tiles.scale);
  if (height === source.height && width === source.width) return source;
  return resample(source, { width, height, filter: p.interpolation });
}

/** The pixels of a view, at the input's size; what lies outside the picture is the mean colour. */
export function cutView(base: Image, { at }: View, p: Preprocessing): Image {
  return at ? cutOut(base, [base.height, base.width], at, p) : base;
}

/** Every view of a picture. */
export function viewsIn(source: Image, p: Preprocessing): { readonly image: Image; readonly placement: Placement }[] {
  const base = viewBase(source, p);
  return viewsOf([source.height, source.width], p).map((view) => ({
    image: cutView(base, view, p),
    placement: view.placement,
  }));
}

const scaledTo = ([height, width]: Size, scale: number): Size => [
  Math.max(1, Math.round(height * scale)),
  Math.max(1, Math.round(width * scale)),
];
