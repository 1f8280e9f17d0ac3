import type { Mask } from '../../../data/geometry/mask.ts';
import { at } from '../../../page/charts/frame.ts';

/** Steps along the edges of cells: right, down, left, up. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * The outlines of a mask's cells that are not 0, times `scale`, as the attribute `d` of a path to be filled `evenodd`. Each loop runs along
 * the edges between cells, with the inside on its right; cells that touch at a corner only are apart.
 */
export function outlineOf({ width, height, data }: Mask, scale: number): string {
  const inside = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] !== 0;
  // For each corner the directions in which an edge leaves it, as bits.
  const leaves = new Uint8Array((width + 1) * (height + 1));
  const corner = (x: number, y: number) => y * (width + 1) + x;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) leaves[corner(x, y)]! |= 1;
      if (!inside(x + 1, y)) leaves[corner(x + 1, y)]! |= 2;
      if (!inside(x, y + 1)) leaves[corner(x + 1, y + 1)]! |= 4;
      if (!inside(x - 1, y)) leaves[corner(x, y + 1)]! |= 8;
    }
  }
  const write = (c: number) => `${at((c % (width + 1)) * scale)} ${at(Math.floor(c / (width + 1)) * scale)}`;
  let path = '';
  for (let start = 0; start < leaves.length; start++) {
    while (leaves[start]) {
      let [now, direction] = [start, -1];
      do {
        // Where two loops touch, turning right keeps them apart.
        const turns = direction < 0 ? [0, 1, 2, 3] : [1, 0, 3].map((turn) => (direction + turn) % 4);
        const next = turns.find((d) => leaves[now]! & (1 << d))!;
        if (next !== direction) path += `${direction < 0 ? 'M' : 'L'}${write(now)}`;
        leaves[now]! &= ~(1 << next);
        direction = next;
        const [dx, dy] = STEPS[next]!;
        now += dx + dy * (width + 1);
      } while (now !== start);
      path += 'z';
    }
  }
  return path;
}
