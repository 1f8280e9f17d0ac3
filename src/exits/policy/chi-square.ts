/** How surprising two histograms are if both were drawn from one distribution. */
export interface Homogeneity {
  readonly statistic: number;
  readonly degrees: number;
  /** Probability of a difference at least as large. */
  readonly p: number;
}

/** Bins are joined until both samples together would put this many into the smaller one: below, the test is not to be trusted. */
const LEAST_EXPECTED = 5;

/** Pearson's chi-square test that two samples have the same distribution over ordered bins (both are counts). */
export function homogeneity(a: readonly number[], b: readonly number[]): Homogeneity {
  const sum = (v: readonly number[]) => v.reduce((x, y) => x + y, 0);
  const [n, m] = [sum(a), sum(b)];
  const joined = join(a, b, (LEAST_EXPECTED * (n + m)) / Math.max(1, Math.min(n, m)));
  const degrees = joined.length - 1;
  if (n === 0 || m === 0 || degrees < 1) return { statistic: 0, degrees: 0, p: 1 };
  const [up, down] = [Math.sqrt(m / n), Math.sqrt(n / m)];
  const statistic = sum(joined.map(([x, y]) => (up * x - down * y) ** 2 / (x + y)));
  return { statistic, degrees, p: chiSquareTail(statistic, degrees) };
}

/** Neighbouring bins together until each holds at least `least` of both samples. */
function join(a: readonly number[], b: readonly number[], least: number): [number, number][] {
  const bins: [number, number][] = [];
  let [x, y] = [0, 0];
  for (const i of a.keys()) {
    x += a[i]!;
    y += b[i]!;
    if (x + y < least) continue;
    bins.push([x, y]);
    [x, y] = [0, 0];
  }
  const last = bins.at(-1);
  if (last) bins[bins.length - 1] = [last[0] + x, last[1] + y];
  return bins;
}

/**
 * Population stability index of counts against expected counts: Σ (p − q) ln(p / q). Below 0.1 is usually called stable, above
 * 0.25 a shift. Half an image is added to every bin, so that an empty one gives a number.
 */
export function stabilityIndex(expected: readonly number[], seen: readonly number[]): number {
  const total = (v: readonly number[]) => v.reduce((x, y) => x + y + 0.5, 0);
  const [n, m] = [total(expected), total(seen)];
  return expected.reduce((sum, e, i) => {
    const [q, p] = [(e + 0.5) / n, (seen[i]! + 0.5) / m];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
}

/**
 * P(X ≥ x) of the chi-square distribution: the upper incomplete gamma function Q(degrees / 2, x / 2). Ours, because jstat has
 * 1 − cdf alone, which is 0 from 1e-16 on, and @stdlib's takes 206 packages of 23 MB.
 */
export function chiSquareTail(x: number, degrees: number): number {
  if (x <= 0) return 1;
  const [a, z] = [degrees / 2, x / 2];
  const front = Math.exp(a * Math.log(z) - z - logGamma(a));
  return Math.min(1, Math.max(0, z < a + 1 ? 1 - front * series(a, z) : front * fraction(a, z)));
}

/** γ(a, z) = zᵃ e⁻ᶻ Σ zⁿ / (a (a+1) … (a+n)). */
function series(a: number, z: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < 1000 && term > sum * 1e-15; n++) {
    term *= z / (a + n);
    sum += term;
  }
  return sum;
}

/** Γ(a, z) as a continued fraction, evaluated from the front (Lentz). */
function fraction(a: number, z: number): number {
  const tiny = 1e-300;
  let b = z + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 1000; i++) {
    const step = -i * (i - a);
    b += 2;
    d = 1 / (step * d + b || tiny);
    c = b + step / c || tiny;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return h;
}

/** ln Γ(x) for x > 0: Stirling's series after moving x up. */
function logGamma(x: number): number {
  let [z, shift] = [x, 0];
  while (z < 10) {
    shift -= Math.log(z);
    z++;
  }
  const w = 1 / (z * z);
  const tail = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w / 1680))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail;
}
