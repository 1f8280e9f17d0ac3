import type { Size } from '../../../data/geometry/placement.ts';

/** The connected regions of a mask. */
export interface Regions {
  /** Number of each pixel's region from 1, row by row; 0 outside. */
  readonly labels: Int32Array;
  /** Pixels of each region; the first entry is what is outside. */
  readonly sizes: readonly number[];
}

/** Finds what is connected in a mask of `size` (anything but 0 is inside); corners connect. Two passes, with union and find. */
export function regionsOf(mask: Uint8Array, [height, width]: Size): Regions {
  const labels = new Int32Array(mask.length);
  const parents = [0];
  const root = (label: number): number => {
    let r = label;
    while (parents[r] !== r) {
      parents[r] = parents[parents[r]!]!;
      r = parents[r]!;
    }
    return r;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) continue;
      // The neighbours that were seen before: left, and the three above.
      let own = x > 0 ? labels[i - 1]! : 0;
      if (y > 0) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const other = labels[i - width - x + u]!;
          if (other === 0) continue;
          if (own === 0) own = other;
          else parents[Math.max(root(own), root(other))] = Math.min(root(own), root(other));
        }
      }
      if (own === 0) own = parents.push(parents.length) - 1;
      labels[i] = own;
    }
  }
  const numbers = new Map<number, number>([[0, 0]]);
  const sizes = [0];
  for (let i = 0; i < labels.length; i++) {
    const r = root(labels[i]!);
    let number = numbers.get(r);
    if (number === undefined) {
      number = sizes.push(0) - 1;
      numbers.set(r, number);
    }
    labels[i] = number;
    sizes[number]!++;
  }
  return { labels, sizes };
}
