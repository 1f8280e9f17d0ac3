import { expect, it } from 'vitest';
import { random } from './random.ts';
import { leadingSingularValues, singularValues } from './singular-values.ts';

it('finds singular values, small ones too', () => {
  // Two columns at 60 degrees, of lengths 2 and 1e-6.
  const values = singularValues([
    Float64Array.of(2, 0, 0),
    Float64Array.of(0.5e-6, Math.sqrt(0.75) * 1e-6, 0),
    new Float64Array(3),
  ]);
  expect(values[0]).toBeCloseTo(2, 9);
  expect(values[1]! / (Math.sqrt(0.75) * 1e-6)).toBeCloseTo(1, 9);
  expect(values[2]).toBe(0);
});

it('finds the largest of a large matrix, either way round', () => {
  // U·diag(s)·V of 60 by 90 from turned unit vectors: its singular values are known.
  const [rows, columns] = [60, 90];
  const known = Array.from({ length: rows }, (_, i) => 10 * 0.8 ** i);
  const [u, v] = [turned(rows, 'u'), turned(columns, 'v')];
  const data = new Float64Array(rows * columns);
  known.forEach((s, k) => {
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) data[r * columns + c]! += s * u[k]![r]! * v[k]![c]!;
  });
  const found = leadingSingularValues({ rows, columns, data }, 6, random(0, 'a'));
  const flipped = Float64Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  const other = leadingSingularValues({ rows: columns, columns: rows, data: flipped }, 6, random(0, 'b'));
  for (const [i, s] of found.entries()) {
    expect(Math.abs(s / known[i]! - 1)).toBeLessThan(1e-3);
    expect(Math.abs(other[i]! / known[i]! - 1)).toBeLessThan(1e-3);
  }
  // A small one at once, with as many as its smaller side.
  expect(leadingSingularValues({ rows: 2, columns: 3, data: [3, 0, 0, 0, 4, 0] }, 9, random(0))).toEqual([4, 3]);
});

/** An orthonormal basis: unit vectors, mirrored at three random planes. */
function turned(n: number, name: string): Float64Array[] {
  const basis = Array.from({ length: n }, (_, k) => Float64Array.from({ length: n }, (_, i) => (i === k ? 1 : 0)));
  for (let m = 0; m < 3; m++) {
    const rng = random(m, name);
    const w = Float64Array.from({ length: n }, () => rng.normal());
    const square = w.reduce((s, x) => s + x * x, 0);
    for (const b of basis) {
      const f = (2 * b.reduce((s, x, i) => s + x * w[i]!, 0)) / square;
      for (let i = 0; i < n; i++) b[i]! -= f * w[i]!;
    }
  }
  return basis;
}
