import type { Placement, Size } from '../../data/geometry/placement.ts';
import { stitch } from './stitch.ts';

/** What a network says of a picture, pixel by pixel. */
export interface Decoded {
  readonly size: Size;
  /** Class index of each pixel. */
  readonly labels: Uint8Array;
  /** Of each pixel, the sum of its classes' probabilities where the largest counts as 1. */
  readonly totals: Float64Array;
  /** How sure it is that each pixel is not background, 0 … 1. */
  readonly foreground: Float32Array;
  /** Logits [classes, height, width] at the picture's own size. */
  readonly logits: Float32Array;
}

/** Logits of a picture's views, [classes, height, width] each, at the picture's own size. */
export function decode(maps: readonly Float32Array[], mapSize: Size, placements: readonly Placement[]): Decoded {
  const logits = stitch(maps, mapSize, placements);
  const size = placements[0]!.from;
  const plane = size[0] * size[1];
  const classes = logits.length / plane;
  const labels = new Uint8Array(plane);
  const foreground = new Float32Array(plane);
  const totals = new Float64Array(plane);
  for (let i = 0; i < plane; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[c * plane + i]! > logits[best * plane + i]!) best = c;
    labels[i] = best;
    const top = logits[best * plane + i]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[c * plane + i]! - top);
    totals[i] = sum;
    foreground[i] = 1 - Math.exp(logits[i]! - top) / sum;
  }
  return { size, labels, totals, foreground, logits };
}

/** Side of the window that a picture's score is averaged over, as a share of its longer side. */
const WINDOW = 0.01;

/**
 * How sure the network is that a picture shows anything but background: the largest mean of the foreground's probability in a small square
 * window (1 % of the longer side, at least 3 pixels), so that one stray pixel does not count.
 */
export function pictureScore({ size: [height, width], foreground }: Decoded): number {
  const side = Math.min(height, width, Math.max(3, Math.round(WINDOW * Math.max(height, width))));
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += foreground[y * width + x]!;
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1]! + row;
    }
  }
  let most = 0;
  for (let y = side; y <= height; y++) {
    for (let x = side; x <= width; x++) {
      const [low, high] = [(y - side) * (width + 1), y * (width + 1)];
      most = Math.max(most, sums[high + x]! - sums[high + x - side]! - sums[low + x]! + sums[low + x - side]!);
    }
  }
  return Math.min(1, most / (side * side));
}
