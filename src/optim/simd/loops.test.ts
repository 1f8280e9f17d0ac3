import { describe, expect, it } from 'vitest';
import { random } from '../../base/random.ts';
import { type Loops, plainLoops } from '../loops.ts';
import { simdLoops } from './loops.ts';

/** Longer than a piece of the staging, and no multiple of four. */
const LENGTH = 20_003;
const rng = random(7, 'loops');
const drawn = () => Float32Array.from({ length: LENGTH }, () => 0.1 * rng.normal());
/** Whole pieces with a rest, a range that begins within four, and one too short for WebAssembly. */
const ranges = [
  [0, LENGTH],
  [4_097, 17_002],
  [13, 50],
] as const;

/** Kept arrays of both, filled alike, and the same of arrays that lie elsewhere. */
function sides(arrays: number, values: readonly Float32Array[]) {
  const made = [plainLoops(arrays, LENGTH), simdLoops(arrays, LENGTH)!, simdLoops(0, 0)!];
  return made.map((loops) => {
    const own = values.map((v, i) => loops.kept[i] ?? new Float32Array(v.length));
    values.forEach((v, i) => {
      own[i]!.set(v);
    });
    return { loops, own };
  });
}

/** Largest difference, of the largest value. */
function apart(a: Float32Array, b: Float32Array): number {
  const scale = a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0) / scale;
}

function compare(arrays: number, values: readonly Float32Array[], run: (l: Loops, own: Float32Array[]) => void) {
  const [plain, ...others] = sides(arrays, values);
  run(plain!.loops, plain!.own);
  for (const { loops, own } of others) {
    run(loops, own);
    own.forEach((x, i) => {
      expect(apart(plain!.own[i]!, x), `array ${i}`).toBeLessThan(1e-6);
    });
  }
}

describe('the loops in WebAssembly give what the plain ones give', () => {
  it.each(ranges)('AdamW from %i to %i, three updates', (...range) => {
    compare(2, [drawn(), drawn().map((v) => v * v), drawn(), drawn()], (l, [m, v, params, grads]) => {
      for (const t of [1, 2, 3]) {
        const root = 1 / Math.sqrt(1 - 0.999 ** t);
        const factors = {
          gradScale: 0.7,
          betas: [0.9, 0.999] as const,
          keep: 0.999,
          size: 1e-3 / 0.1,
          root,
          epsilon: 1e-8,
        };
        l.adamW(params!, grads!, m!, v!, range, factors);
      }
    });
  });

  it.each(ranges)('SGD from %i to %i', (...range) => {
    const factors = { gradScale: 0.3, weightDecay: 0.05, momentum: 0.9, onGradient: 0.1, onVelocity: 0.09 };
    compare(1, [drawn(), drawn(), drawn()], (l, [velocity, params, grads]) => {
      l.sgd(params!, grads!, velocity!, range, factors);
    });
  });

  it.each(ranges)('moving average from %i to %i', (...range) => {
    compare(1, [drawn(), drawn()], (l, [average, values]) => {
      l.ema(average!, values!, range, 0.9997);
    });
  });

  it.each(ranges)('sum of squares from %i to %i', (...range) => {
    const x = drawn();
    const [expected, kept, elsewhere] = sides(1, [x]).map(({ loops, own }) => loops.sumOfSquares(own[0]!, range));
    expect(Math.abs(kept! / expected! - 1)).toBeLessThan(1e-12);
    expect(elsewhere).toBe(kept);
  });

  it('what is no number stays none', () => {
    const x = drawn();
    x[101] = Number.NaN;
    expect(simdLoops(0, 0)!.sumOfSquares(x, [0, LENGTH])).toBeNaN();
    x[101] = 1e30;
    expect(simdLoops(0, 0)!.sumOfSquares(x, [0, LENGTH])).toBeCloseTo(1e60, -54);
  });

  it('are none where there is no memory for them', () => {
    expect(simdLoops(2, 2 ** 30)).toBeUndefined();
  });
});
