import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formulaInput } from '../../../testing/formula.ts';
import { frechetDistance } from './frechet.ts';
import { neighbours } from './neighbours.ts';

/** Against NumPy and SciPy on the same features (reference/generate/metrics.py). */
interface Case {
  readonly name: string;
  readonly real: [number, number];
  readonly made: [number, number];
  readonly shift: number;
  readonly frechet: number;
  readonly precision: number;
  readonly recall: number;
  readonly coverage: number;
}
const cases = JSON.parse(readFileSync(new URL('fixtures/metrics.json', import.meta.url), 'utf8')) as Case[];

function rows(name: string, [count, width]: [number, number], of = (v: number) => v): Float32Array[] {
  const { data } = formulaInput(name, [count, width]);
  return Array.from({ length: count }, (_, i) => Float32Array.from(data.subarray(i * width, (i + 1) * width), of));
}

describe.each(cases)('$name', (c) => {
  const real = rows(`${c.name}:real`, c.real);
  const made = rows(`${c.name}:made`, c.made, (v) => v * 0.7 + c.shift);

  it('has the Fréchet distance to a millionth, either way round', () => {
    for (const found of [frechetDistance(real, made), frechetDistance(made, real)]) {
      expect(Math.abs(found - c.frechet) / c.frechet).toBeLessThan(1e-6);
    }
    expect(Math.abs(frechetDistance(real, real))).toBeLessThan(1e-9);
  });

  it('has precision, recall and coverage', () => {
    const { precision, recall, coverage } = c;
    expect(neighbours(real, made)).toEqual({ precision, recall, coverage });
    expect(neighbours(real, real)).toEqual({ precision: 1, recall: 1, coverage: 1 });
  });
});

it('says when there are too few pictures', () => {
  const few = rows('few', [4, 3]);
  expect(() => neighbours(few, few)).toThrow(/at least 6 pictures on either side, got 4 and 4/);
  expect(() => frechetDistance(few.slice(0, 1), few)).toThrow(/at least two/);
});
