const mean = (v: readonly number[]) => v.reduce((a, b) => a + b, 0) / v.length;

/** Ranks from 0; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const out = new Array<number>(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) out[order[k]!] = (from + to - 1) / 2;
  }
  return out;
}

/** Rank correlation (Spearman); NaN where one side is all alike. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [u, v] = [ranks(a), ranks(b)];
  const [mu, mv] = [mean(u), mean(v)];
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((s, xi, i) => s + (xi - mx) * (y[i]! - my), 0);
  return dot(u, mu, v, mv) / Math.sqrt(dot(u, mu, u, mu) * dot(v, mv, v, mv));
}
