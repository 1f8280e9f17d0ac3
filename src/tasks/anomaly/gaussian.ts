import { check } from '../../base/errors.ts';
import { permutation, random } from '../../base/random.ts';
import { f32, type Tensor } from '../../base/tensor.ts';

/**
 * Which channels a Gaussian sees, in ascending order: `wanted` of `channels`, drawn from `seed`. Random ones do as well as principal components
 * (PaDiM, Defard et al. 2021, §3.2).
 * @throws YosegiError when there are fewer channels
 */
export function drawnChannels(channels: number, wanted: number, seed: number): number[] {
  check(
    Number.isInteger(wanted) && wanted >= 1 && wanted <= channels,
    () => `a Gaussian sees 1 to ${channels} channels of these features, got ${wanted}`,
  );
  return [...permutation(random(seed, 'channels'), channels).subarray(0, wanted)].sort((a, b) => a - b);
}

/** What a Gaussian at each cell of a map is, as the graph takes it (see `mahalanobis`). */
export interface Gaussians {
  /** [P, d] */
  readonly mean: Tensor<'float32'>;
  /** [P, d, d], upper triangles W with W·Wᵀ the inverse covariance: ‖(x − mean)·W‖ is the Mahalanobis distance. */
  readonly whitening: Tensor<'float32'>;
}

/**
 * Sums over pictures from which mean and covariance at every cell follow, in bounded memory: 8·P·(d + d·(d+1)/2) bytes, whatever the number
 * of pictures. Sums of disjoint sets add and subtract, so leaving a part out needs no second look at the others.
 */
export class GaussianSums {
  readonly cells: number;
  readonly width: number;
  count = 0;
  /** The first picture's features: sums are of differences from them, which keeps rounding small. */
  #origin: Float32Array | undefined;
  readonly #sums: Float64Array;
  readonly #products: Float64Array;

  constructor(cells: number, width: number) {
    this.cells = cells;
    this.width = width;
    this.#sums = new Float64Array(cells * width);
    this.#products = new Float64Array((cells * width * (width + 1)) / 2);
  }

  /** Empty sums that can be taken from these. */
  alike(): GaussianSums {
    const other = new GaussianSums(this.cells, this.width);
    other.#origin = this.#origin;
    return other;
  }

  /**
   * Adds one picture's rows, [P, d].
   * @throws YosegiError when they are of another size or hold what is no finite number
   */
  add(rows: Float32Array): void {
    const { cells, width: d } = this;
    check(rows.length === cells * d, () => `expected ${cells} × ${d} features, got ${rows.length}`);
    this.#origin ??= rows.slice();
    const from = this.#origin;
    const shifted = new Float64Array(d);
    for (let p = 0, at = 0; p < cells; p++) {
      for (let i = 0; i < d; i++) {
        const v = rows[p * d + i]! - from[p * d + i]!;
        shifted[i] = v;
        this.#sums[p * d + i]! += v;
      }
      for (let i = 0; i < d; i++) {
        const v = shifted[i]!;
        for (let j = 0; j <= i; j++) this.#products[at++]! += v * shifted[j]!;
      }
    }
    check(Number.isFinite(this.#products.at(-1)!), 'features are not finite numbers: is the backbone sound?');
    this.count++;
  }

  /** These without what `other` has seen, whose pictures these have seen too. */
  without(other: GaussianSums): GaussianSums {
    check(
      this.#origin === other.#origin,
      'only sums that began alike can be subtracted: make the other one with alike()',
    );
    const rest = this.alike();
    for (let i = 0; i < this.#sums.length; i++) rest.#sums[i] = this.#sums[i]! - other.#sums[i]!;
    for (let i = 0; i < this.#products.length; i++) rest.#products[i] = this.#products[i]! - other.#products[i]!;
    rest.count = this.count - other.count;
    return rest;
  }

  /**
   * The Gaussians: means, and whitenings of covariances with `epsilon` added to each variance (0.01 in PaDiM, which makes few pictures
   * enough; anomalib adds 0.00001 more).
   * @throws YosegiError with fewer than two pictures
   */
  fit(epsilon = 0.01): Gaussians {
    const { cells, width: d, count: n } = this;
    check(n >= 2, () => `a covariance needs at least two good pictures, got ${n}`);
    const mean = f32([cells, d]);
    const whitening = f32([cells, d, d]);
    const covariance = new Float64Array((d * (d + 1)) / 2);
    for (let p = 0, at = 0; p < cells; p++) {
      for (let i = 0, k = 0; i < d; i++) {
        const si = this.#sums[p * d + i]!;
        mean.data[p * d + i] = this.#origin![p * d + i]! + si / n;
        for (let j = 0; j <= i; j++, k++, at++) {
          const c = (this.#products[at]! - (si * this.#sums[p * d + j]!) / n) / (n - 1);
          covariance[k] = i === j ? c + epsilon : c;
        }
      }
      whiten(covariance, d, whitening.data.subarray(p * d * d, (p + 1) * d * d));
    }
    return { mean, whitening };
  }
}

/**
 * From a covariance C = L·Lᵀ (lower triangle, row by row; L takes its place) to W = (L⁻¹)ᵀ, an upper triangle: W·Wᵀ = C⁻¹.
 * @throws YosegiError when it is not positive definite
 */
function whiten(c: Float64Array, d: number, into: Float32Array): void {
  const row = (i: number) => (i * (i + 1)) / 2;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = c[row(i) + j]!;
      for (let k = 0; k < j; k++) sum -= c[row(i) + k]! * c[row(j) + k]!;
      if (i !== j) c[row(i) + j] = sum / c[row(j) + j]!;
      else {
        check(sum > 0, 'a covariance is not positive definite: give a larger epsilon');
        c[row(i) + i] = Math.sqrt(sum);
      }
    }
  }
  // Columns of L⁻¹ by forward substitution; column j of it is row j of W.
  const inverse = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    for (let i = j; i < d; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= c[row(i) + k]! * inverse[k]!;
      inverse[i] = sum / c[row(i) + i]!;
      into[j * d + i] = inverse[i]!;
    }
  }
}
