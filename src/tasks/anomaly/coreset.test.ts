import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { coreset } from './coreset.ts';
import { directionsFor, project, type Rows } from './projection.ts';
import { recording, tensorIn } from './testing/recording.ts';

function clouds(count: number, width: number, groups: number): Rows {
  const rng = random(7, 'clouds');
  const middles = Array.from({ length: groups * width }, () => 3 * rng.normal());
  const data = Float32Array.from(
    { length: count * width },
    (_, i) => middles[(Math.floor(i / width) % groups) * width + (i % width)]! + rng.normal(),
  );
  return { data, count, width };
}

/** Plainly: every row against every centre. */
function plain({ data, count, width }: Rows, wanted: number, first: number): number[] {
  const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const chosen = [first];
  while (chosen.length < wanted) {
    const c = chosen.at(-1)!;
    for (let r = 0; r < count; r++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (data[r * width + i]! - data[c * width + i]!) ** 2;
      least[r] = Math.min(least[r]!, Math.sqrt(sum));
    }
    chosen.push(least.indexOf(Math.max(...least)));
  }
  return chosen;
}

describe('coreset', () => {
  it('chooses what anomalib’s KCenterGreedy chooses', () => {
    const { rows, chosen } = recording.coreset;
    const { shape, data } = tensorIn(rows);
    const all = { data, count: shape[0]!, width: shape[1]! };
    expect([...coreset(all, chosen.length, { seed: 0, first: chosen[0]! })]).toEqual(chosen);
  });

  it('leaves out nothing by leaving out distances', () => {
    const rows = clouds(1200, 24, 9);
    expect([...coreset(rows, 150, { seed: 0, first: 5 })]).toEqual(plain(rows, 150, 5));
  });

  it('is the same for a seed, ends when told to, and holds no row twice', () => {
    const rows = clouds(400, 40, 4);
    const options = { seed: 3, directions: 10 };
    const chosen = coreset(rows, 200, options);
    expect(coreset(rows, 200, options)).toEqual(chosen);
    expect(new Set(chosen).size).toBe(200);
    expect(coreset(rows, 200, { ...options, onRow: (done) => done < 64 })).toEqual(chosen.slice(0, 64));
  });

  it('takes rows that are all alike', () => {
    const rows = { data: new Float32Array(40).fill(2), count: 10, width: 4 };
    expect(coreset(rows, 3, { seed: 0 })).toHaveLength(3);
  });

  it('refuses to choose more rows than there are', () => {
    expect(() => coreset(clouds(5, 3, 1), 6, { seed: 0 })).toThrow(/has 1 to 5 of them, got 6/);
  });
});

describe('random projection', () => {
  it('keeps distances, on the whole', () => {
    const rows = clouds(60, 300, 3);
    const flat = project(rows, 100, 1);
    expect(flat.width).toBe(100);
    const distance = ({ data, width }: Rows, a: number, b: number) =>
      Math.hypot(...Array.from({ length: width }, (_, i) => data[a * width + i]! - data[b * width + i]!));
    const ratios = Array.from({ length: 59 }, (_, i) => distance(flat, i, i + 1) / distance(rows, i, i + 1));
    expect(Math.min(...ratios)).toBeGreaterThan(0.6);
    expect(Math.max(...ratios)).toBeLessThan(1.4);
    expect(ratios.reduce((a, b) => a + b) / 59).toBeCloseTo(1, 1);
  });

  it('leaves rows alone that are narrow enough', () => {
    const rows = clouds(5, 8, 1);
    expect(project(rows, directionsFor(40_000), 0)).toBe(rows);
    expect(directionsFor(38_912)).toBe(260);
  });
});
