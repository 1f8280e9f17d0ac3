import { type Random, random } from '../../base/random.ts';

/** Rows of numbers, one after the other: [count, width]. */
export interface Rows {
  readonly data: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** How many random directions keep the distances between `count` points to within a factor of 1 ± `distortion` (Johnson and Lindenstrauss). */
export function directionsFor(count: number, distortion = 0.9): number {
  return Math.max(1, Math.floor((4 * Math.log(count)) / (distortion ** 2 / 2 - distortion ** 3 / 3)));
}

/**
 * Rows in fewer dimensions, with about the same distances: products with sparse random directions of −1, 0 and 1, of which a share of 1 / √width is
 * not 0 (Li, Hastie and Church 2006), drawn from `seed`. Rows that are not wider than `directions` come back as they are.
 */
export function project(rows: Rows, directions: number, seed: number): Rows {
  const { data, count, width } = rows;
  if (width <= directions) return rows;
  const rng = random(seed, 'projection');
  const density = 1 / Math.sqrt(width);
  const scale = Math.sqrt(1 / density) / Math.sqrt(directions);
  const plan = Array.from({ length: directions }, () => direction(rng, width, density));
  const out = new Float32Array(count * directions);
  for (let r = 0; r < count; r++) {
    plan.forEach(({ plus, minus }, d) => {
      let sum = 0;
      for (const c of plus) sum += data[r * width + c]!;
      for (const c of minus) sum -= data[r * width + c]!;
      out[r * directions + d] = sum * scale;
    });
  }
  return { data: out, count, width: directions };
}

function direction(rng: Random, width: number, density: number) {
  const plus: number[] = [];
  const minus: number[] = [];
  for (let c = 0; c < width; c++) if (rng.uniform() < density) (rng.uniform() < 0.5 ? plus : minus).push(c);
  return { plus, minus };
}
