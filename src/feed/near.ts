import type { Colour } from '../data/draw.ts';
import type { Image } from '../data/image.ts';

/** Cells on a side of the small grey picture by which pictures are compared. */
const CELLS = 16;
/**
 * Two pictures are nearly equal where their small grey pictures differ by at most 3 of 255 (root mean square) and by at most 0.17 of their
 * contrast, and their mean colours by at most 3 in red, green and blue each. Measured, by brightness alone: BCCD has one such pair (two views of one smear; every other pair differs by 10 and more), clothing-128 one in 3,781
 * (one photo under two classes), x-sdd its 9 exact ones alone (without the bound by contrast 3,557 more pairs of flat steel). bsdata-pitting, a fixed
 * camera over time: 24 groups of 134 of 220 pictures, 17 of them within one position of the spindle. The 64 bits of a dHash are too
 * coarse for that: at distance 0 they call 3,283 of its pairs equal, 627 of them of one position.
 */
const DIFFERENCE = 3;
const OF_CONTRAST = 0.17;
/** Most pictures of like brightness that one is compared with, so that 100,000 take seconds whatever they show. */
const MOST = 5000;

/** A picture's brightness in 16 × 16 cells, 0 … 255; cells of pictures smaller than that repeat pixels. */
export function smallGrey({ width, height, data }: Image): Uint8Array {
  const sums = new Float64Array(CELLS * CELLS);
  const counts = new Float64Array(CELLS * CELLS);
  const columns = Math.max(width, CELLS);
  const rows = Math.max(height, CELLS);
  // At which bytes of a row each column is, and at which columns each cell begins: the same in every row.
  const bytes = Int32Array.from({ length: columns }, (_, u) => 3 * Math.floor((u * width) / columns));
  const begins = Int32Array.from({ length: CELLS + 1 }, (_, c) => Math.ceil((c * columns) / CELLS));
  for (let v = 0; v < rows; v++) {
    const line = Math.floor((v * height) / rows) * width * 3;
    const row = Math.floor((v * CELLS) / rows) * CELLS;
    for (let c = 0; c < CELLS; c++) {
      const end = begins[c + 1]!;
      let sum = sums[row + c]!;
      for (let u = begins[c]!; u < end; u++) {
        const o = line + bytes[u]!;
        sum += 0.299 * data[o]! + 0.587 * data[o + 1]! + 0.114 * data[o + 2]!;
      }
      sums[row + c] = sum;
      counts[row + c]! += end - begins[c]!;
    }
  }
  return Uint8Array.from(sums, (sum, i) => Math.round(sum / counts[i]!));
}

/** A picture's mean red, green and blue, 0 … 255: things of one brightness and another colour are not the same. */
export function meanColour({ data }: Image): Colour {
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    red += data[i]!;
    green += data[i + 1]!;
    blue += data[i + 2]!;
  }
  return [(3 * red) / data.length, (3 * green) / data.length, (3 * blue) / data.length];
}

/** For each picture, the number of its group: that of the first picture that it is nearly equal to, directly or through others; its own where there is none. */
export function nearGroups(greys: readonly Uint8Array[], colours?: readonly Colour[]): number[] {
  const group = greys.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (group[at] !== at) {
      group[at] = group[group[at]!]!;
      at = group[at]!;
    }
    return at;
  };
  const means = greys.map(meanOf);
  const limits = greys.map((grey, i) => limitOf(grey, means[i]!));
  const order = [...greys.keys()].sort((a, b) => means[a]! - means[b]!);
  order.forEach((i, at) => {
    const end = Math.min(order.length, at + 1 + MOST);
    for (let k = at + 1; k < end; k++) {
      const j = order[k]!;
      // The means differ by no more than the pictures do.
      if (means[j]! - means[i]! > limits[i]!) break;
      const limit = Math.min(limits[i]!, limits[j]!);
      if (colours && !sameColour(colours[i]!, colours[j]!)) continue;
      if (!alike(greys[i]!, greys[j]!, limit)) continue;
      const [a, b] = [root(i), root(j)];
      group[Math.max(a, b)] = Math.min(a, b);
    }
  });
  return group.map((_, i) => root(i));
}

function meanOf(grey: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < grey.length; i++) sum += grey[i]!;
  return sum / grey.length;
}

/** How far another small grey picture may be from this one, as a root mean square: by its contrast. */
function limitOf(grey: Uint8Array, mean = meanOf(grey)): number {
  let sum = 0;
  for (let i = 0; i < grey.length; i++) sum += (grey[i]! - mean) ** 2;
  return Math.min(DIFFERENCE, OF_CONTRAST * Math.sqrt(sum / grey.length));
}

const sameColour = (a: Colour, b: Colour): boolean => a.every((v, c) => Math.abs(v - b[c]!) <= DIFFERENCE);

/** How a picture is compared with others. */
export interface Small {
  readonly grey: Uint8Array;
  readonly colour: Colour;
}

/** Whether two pictures are nearly equal. */
export function isNear(a: Small, b: Small): boolean {
  // Most pairs differ in colour already.
  return sameColour(a.colour, b.colour) && alike(a.grey, b.grey, Math.min(limitOf(a.grey), limitOf(b.grey)));
}

/** The root mean square of the differences of brightness, 0 … 255. */
export const greyDistance = (a: Small, b: Small): number =>
  Math.sqrt(a.grey.reduce((sum, v, i) => sum + (v - b.grey[i]!) ** 2, 0) / a.grey.length);

/** Whether the root mean square of the differences is at most `limit`; most pairs are seen to be more after a few cells. */
function alike(a: Uint8Array, b: Uint8Array, limit: number): boolean {
  let left = limit * limit * a.length;
  // Cells far apart first: neighbours say the same.
  for (let start = 0; start < 7; start++) {
    for (let i = start; i < a.length; i += 7) left -= (a[i]! - b[i]!) ** 2;
    if (left < 0) return false;
  }
  return true;
}
