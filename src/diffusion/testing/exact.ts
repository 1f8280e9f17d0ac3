import { f32 } from '../../base/tensor.ts';
import { numbers } from '../maths.ts';
import type { Process } from '../process.ts';
import type { Predict } from '../sample.ts';

/** E[x₀ | x] where x = a x₀ + b ε. */
export type Ideal = (x: readonly number[], a: number, b: number) => number[];

/** The time that a process embeds as a number. */
const timeOf = ({ name }: Process, embed: number) => (name === 'edm' ? Math.exp(4 * embed) : embed);

/** For tests: a network that knows the answer for pictures of so many numbers, F with D = skip · x + out · F. */
export const exact =
  (process: Process, ideal: Ideal): Predict =>
  async ({ image, time }) => {
    const out = f32(image.shape);
    const n = time.data.length;
    const each = image.data.length / n;
    for (let i = 0; i < n; i++) {
      const level = process.levelAt(numbers, timeOf(process, time.data[i]!));
      const x = Array.from(image.data.subarray(i * each, (i + 1) * each), (v) => v / Number(level.input));
      ideal(x, Number(level.signal), Number(level.noise)).forEach((d, k) => {
        out.data[i * each + k] = (d - Number(level.skip) * x[k]!) / Number(level.out);
      });
    }
    return out;
  };

/** Means, and covariances [0, 0], [0, 1], [1, 1], of pairs one after the other. */
export function momentsOf(data: Float32Array): { mean: [number, number]; covariance: [number, number, number] } {
  const n = data.length / 2;
  const at = (i: number, k: number) => data[2 * i + k]!;
  const average = (f: (i: number) => number) =>
    Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b, 0) / n;
  const m = [average((i) => at(i, 0)), average((i) => at(i, 1))] as const;
  const c = (k: 0 | 1, l: 0 | 1) => average((i) => (at(i, k) - m[k]) * (at(i, l) - m[l]));
  return { mean: [...m], covariance: [c(0, 0), c(0, 1), c(1, 1)] };
}
