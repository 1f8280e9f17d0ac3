type Grid = readonly [number, number];

/**
 * A table of biases by relative position, [from₀·from₁, heads], for another window: [to₀·to₁, heads]; sides are 2·window − 1.
 *
 * The method of BEiT (Bao et al. 2022) in timm's form: the stored offsets are put at 0, ±1, ±(1+q), ±(1+q+q²), …, with the ratio
 * q that makes the last one reach the new window's edge, and the table is read between them linearly. A smaller window so keeps
 * nearly the innermost offsets. Arithmetic in float32 where timm's is.
 */
export function resizeTable(table: Float32Array, heads: number, from: Grid, to: Grid): Float32Array {
  const rows = brackets(from[0], to[0]);
  const columns = brackets(from[1], to[1]);
  const out = new Float32Array(to[0] * to[1] * heads);
  for (let y = 0; y < to[0]; y++) {
    for (let x = 0; x < to[1]; x++) {
      const at = (y * to[1] + x) * heads;
      for (const [row, v] of rows[y]!) {
        for (const [column, h] of columns[x]!) {
          const source = (row * from[1] + column) * heads;
          for (let i = 0; i < heads; i++) out[at + i] = out[at + i]! + v * h * table[source + i]!;
        }
      }
    }
  }
  return out;
}

/** For each new offset the two stored positions around it with their shares. */
function brackets(from: number, to: number): [number, number][][] {
  const at = positions(from, to);
  return Array.from({ length: to }, (_, i) => {
    const x = i - (to - 1) / 2;
    let right = at.findIndex((p) => p >= x);
    if (right < 0) right = at.length - 1;
    const left = Math.max(0, right - 1);
    // Beyond the outermost position the nearest one counts alone.
    const before = Math.max(0, Math.fround(x - at[left]!));
    const after = Math.max(0, Math.fround(at[right]! - x));
    if (before + after === 0) return [[right, 1]];
    return [
      [left, after / (before + after)],
      [right, before / (before + after)],
    ];
  });
}

/** Where the `from` stored offsets lie among the new ones, in ascending order. */
function positions(from: number, to: number): Float32Array {
  const half = Math.floor(from / 2);
  const ratio = ratioOf(half, Math.floor(to / 2));
  const out = new Float32Array(2 * half + 1);
  let distance = 1;
  for (let i = 0; i < half; i++) {
    out[half + 1 + i] = distance;
    out[half - 1 - i] = -distance;
    distance += ratio ** (i + 1);
  }
  return out;
}

/** The ratio of the progression of `terms` terms from 1 whose sum is `reach`, between 1.01 and 1.5, to a millionth. */
function ratioOf(terms: number, reach: number): number {
  let [low, high] = [1.01, 1.5];
  let q = low;
  while (high - low > 1e-6) {
    q = (low + high) / 2;
    if ((1 - q ** terms) / (1 - q) > reach) high = q;
    else low = q;
  }
  return q;
}
