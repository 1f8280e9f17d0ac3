import { check } from '../../base/errors.ts';
import { random } from '../../base/random.ts';
import { directionsFor, project, type Rows } from './projection.ts';

export interface CoresetOptions {
  /** Names the random projection and the first row. */
  readonly seed: number;
  /** Random directions that distances are measured in; default as many as keep them within a factor of 1 ± 0.9 (about 260 for 40,000 rows). */
  readonly directions?: number;
  /** The row to begin with, in place of a random one. */
  readonly first?: number;
  /** Hears how many rows are chosen, now and then; false ends the search with the rows so far, anything else goes on. */
  readonly onRow?: (done: number, of: number) => unknown;
}

/**
 * Indices of `wanted` rows that cover the others: greedily, always the row farthest from those chosen so far (k-centre; PatchCore, Roth et al.
 * 2022, §3.2; anomalib's KCenterGreedy). Exact, but most distances are never computed: a row that a centre c covers at distance r cannot be
 * nearer to a new centre than to c where that is 2r or more from c (the triangle inequality).
 * @throws YosegiError when there are fewer rows than wanted
 */
export function coreset(rows: Rows, wanted: number, options: CoresetOptions): Uint32Array {
  const { count } = rows;
  check(
    Number.isInteger(wanted) && wanted >= 1 && wanted <= count,
    () => `a coreset of ${count} rows has 1 to ${count} of them, got ${wanted}`,
  );
  const { seed, directions = directionsFor(count), first = random(seed, 'first row').below(count), onRow } = options;
  const search = new Search(project(rows, directions, seed));
  const chosen = new Uint32Array(wanted);
  let next = first;
  for (let k = 0; k < wanted; k++) {
    chosen[k] = next;
    if (k + 1 === wanted) break;
    search.open(next);
    next = search.farthest();
    if (k % 64 === 63 && onRow?.(k + 1, wanted) === false) return chosen.slice(0, k + 1);
  }
  onRow?.(wanted, wanted);
  return chosen;
}

/** What each row's nearest centre is, while centres are opened one after the other. */
class Search {
  readonly #rows: Rows;
  /** Distance of each row to its nearest centre. */
  readonly #least: Float64Array;
  /** Rows of each centre, and the farthest distance among them. */
  readonly #members: number[][] = [];
  readonly #centres: number[] = [];
  readonly #radius: number[] = [];
  /** Row that is farthest from its centre, for each. */
  readonly #outermost: number[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#least = new Float64Array(rows.count).fill(Number.POSITIVE_INFINITY);
  }

  /** Makes a row a centre: rows that are nearer to it become its own. */
  open(centre: number): void {
    const own: number[] = [];
    const number = this.#centres.length;
    if (number === 0) {
      for (let r = 0; r < this.#rows.count; r++) {
        own.push(r);
        this.#least[r] = this.#distance(centre, r, Number.POSITIVE_INFINITY);
      }
    }
    for (let k = 0; k < number; k++) {
      const reach = 2 * this.#radius[k]!;
      const apart = this.#distance(centre, this.#centres[k]!, reach);
      if (apart < reach) this.#take(k, centre, apart, own);
    }
    this.#least[centre] = 0;
    this.#members[number] = own;
    this.#centres[number] = centre;
    this.#measure(number);
  }

  /** Gives the rows of centre `k` that are nearer to the new one, `apart` from it, to `own`. */
  #take(k: number, centre: number, apart: number, own: number[]): void {
    const members = this.#members[k]!;
    const least = this.#least;
    let kept = 0;
    for (const r of members) {
      const now = least[r]!;
      if (apart < 2 * now) {
        const distance = this.#distance(centre, r, now);
        if (distance < now) {
          least[r] = distance;
          own.push(r);
          continue;
        }
      }
      members[kept++] = r;
    }
    if (kept === members.length) return;
    members.length = kept;
    this.#measure(k);
  }

  #measure(k: number): void {
    let radius = -1;
    let at = this.#centres[k]!;
    for (const r of this.#members[k]!) {
      const d = this.#least[r]!;
      if (d > radius || (d === radius && r < at)) {
        radius = d;
        at = r;
      }
    }
    this.#radius[k] = Math.max(0, radius);
    this.#outermost[k] = at;
  }

  /** The row that is farthest from its centre; the first of several. */
  farthest(): number {
    let best = 0;
    for (let k = 1; k < this.#radius.length; k++) {
      const [a, b] = [this.#radius[k]!, this.#radius[best]!];
      if (a > b || (a === b && this.#outermost[k]! < this.#outermost[best]!)) best = k;
    }
    return this.#outermost[best]!;
  }

  /** Distance of two rows; anything of at least `enough` where it is that or more. */
  #distance(a: number, b: number, enough: number): number {
    const { data, width } = this.#rows;
    const limit = enough * enough;
    let sum = 0;
    let i = a * width;
    let j = b * width;
    const end = i + width;
    while (i < end) {
      const stop = Math.min(end, i + 16);
      while (i < stop) {
        const d = data[i++]! - data[j++]!;
        sum += d * d;
      }
      if (sum >= limit) break;
    }
    return Math.sqrt(sum);
  }
}
