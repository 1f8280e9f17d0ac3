import { random } from '../base/random.ts';
import type { Tensor } from '../base/tensor.ts';
import { type Image, image } from '../data/image.ts';
import type { Tensors } from '../runtime/runtime.ts';

/** How far apart two runs of the same model came out. */
export interface Difference {
  /** Largest absolute difference of two values; infinite where one is not a number or the shapes differ. */
  readonly worst: number;
  /** Index of the image in which it lies. */
  readonly image: number;
}

/** Compares outputs [N, …] value by value. */
export function compareOutputs(expected: Tensor, actual: Tensor): Difference {
  const [a, b] = [expected.data, actual.data];
  if (expected.shape.join() !== actual.shape.join()) return { worst: Number.POSITIVE_INFINITY, image: 0 };
  const each = a.length / Math.max(1, expected.shape[0] ?? 1);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(Number(a[i]) - Number(b[i]));
    if (!(d <= worst)) {
      worst = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
      at = i;
      if (worst === Number.POSITIVE_INFINITY) break;
    }
  }
  return { worst, image: Math.floor(at / each) };
}

/** The largest difference of any output; one that is missing differs infinitely. */
export function compareAll(expected: Tensors, actual: Tensors): Difference {
  const each = Object.entries(expected).map(([name, t]) => {
    const other = actual[name];
    return other ? compareOutputs(t, other) : { worst: Number.POSITIVE_INFINITY, image: 0 };
  });
  return each.reduce((a, b) => (b.worst > a.worst ? b : a), { worst: 0, image: 0 });
}

/** Share of the outputs' size that float32 on another processor or runtime may be off by, after dozens of layers. */
const RELATIVE = 1e-4;

/** The tolerance for outputs of this size: 1e-4 of the largest, and never below 1e-4. */
export function toleranceFor(outputs: Tensors): number {
  return RELATIVE * Math.max(...Object.values(outputs).map(magnitude));
}

/** The largest value without its sign, and never below 1. */
export function magnitude({ data }: Tensor): number {
  let most = 1;
  for (const v of data) most = Math.max(most, Math.abs(Number(v)));
  return most;
}

/** Coloured gradients with noise: what golden inputs are made of where no pictures are at hand. */
export function patterns(count: number, [height, width]: readonly [number, number]): Image[] {
  return Array.from({ length: count }, (_, n) => {
    const rng = random(0, 'pattern', n);
    const slope = Array.from({ length: 6 }, () => rng.uniform() - 0.5);
    const out = image(width, height);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++, i++) {
          const ramp = slope[c]! * (x / width - 0.5) + slope[c + 3]! * (y / height - 0.5);
          out.data[i] = Math.max(0, Math.min(255, Math.round(128 + 200 * ramp + 40 * (rng.uniform() - 0.5))));
        }
      }
    }
    return out;
  });
}
