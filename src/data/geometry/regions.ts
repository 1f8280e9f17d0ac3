/** For each pixel the number of its connected region, from 1, 0 outside; and each region's pixels. Diagonals connect. */
export function regionsOf(
  inside: (i: number) => boolean,
  [height, width]: readonly [number, number],
): { of: Int32Array; sizes: number[] } {
  const of = new Int32Array(height * width);
  const sizes: number[] = [];
  const waiting: number[] = [];
  for (let start = 0; start < of.length; start++) {
    if (of[start] || !inside(start)) continue;
    const number = sizes.length + 1;
    let size = 0;
    of[start] = number;
    waiting.push(start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      size++;
      const [x, y] = [at % width, Math.floor(at / width)];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (of[next] || !inside(next)) continue;
          of[next] = number;
          waiting.push(next);
        }
      }
    }
    sizes.push(size);
  }
  return { of, sizes };
}
