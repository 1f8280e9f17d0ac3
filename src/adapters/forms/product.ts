/** a [n, k] · b [k, m] in double precision. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>, n: number, k: number, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < k; j++) {
      const f = a[i * k + j]!;
      for (let c = 0; c < m; c++) out[i * m + c]! += f * b[j * m + c]!;
    }
  }
  return out;
}
