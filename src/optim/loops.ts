/** Numbers that an AdamW update takes besides its arrays. */
interface AdamWFactors {
  /** On the gradients. */
  readonly gradScale: number;
  readonly betas: readonly [number, number];
  /** On the parameters: what weight decay leaves of them. */
  readonly keep: number;
  /** Rate by the correction of the first moment. */
  readonly size: number;
  /** On the root of the second moment. */
  readonly root: number;
  readonly epsilon: number;
}

/** Numbers that an SGD update takes besides its arrays. */
interface SgdFactors {
  readonly gradScale: number;
  readonly weightDecay: number;
  readonly momentum: number;
  /** Shares of gradient and velocity in the step: rate times 0 and 1, with Nesterov's momentum 1 and the momentum. */
  readonly onGradient: number;
  readonly onVelocity: number;
}

type Floats = Float32Array;

type Range = readonly [start: number, end: number];

/** The loops over all parameters that a training step has, in place, from `start` to before `end`. */
export interface Loops {
  /** Arrays of zeros that lie where these loops reach them fastest; any others are taken as well. */
  readonly kept: readonly Floats[];
  adamW(params: Floats, grads: Floats, m: Floats, v: Floats, range: Range, f: AdamWFactors): void;
  sgd(params: Floats, grads: Floats, velocity: Floats, range: Range, f: SgdFactors): void;
  /** average + (1 − decay) · (values − average). */
  ema(average: Floats, values: Floats, range: Range, decay: number): void;
  sumOfSquares(x: Floats, range: Range): number;
}

/** Makes loops with so many kept arrays of a length. */
export type MakeLoops<T> = (arrays: number, length: number) => T;

/** One number after another: what the loops mean, and how they run where there is no faster way. */
export const plain: Omit<Loops, 'kept'> = {
  adamW(params, grads, m, v, [start, end], { gradScale, betas: [b1, b2], keep, size, root, epsilon }) {
    const [a1, a2] = [1 - b1, 1 - b2];
    for (let i = start; i < end; i++) {
      const g = grads[i]! * gradScale;
      const mi = b1 * m[i]! + a1 * g;
      const vi = b2 * v[i]! + a2 * g * g;
      m[i] = mi;
      v[i] = vi;
      params[i] = params[i]! * keep - (size * mi) / (Math.sqrt(vi) * root + epsilon);
    }
  },
  sgd(params, grads, velocity, [start, end], { gradScale, weightDecay, momentum, onGradient, onVelocity }) {
    for (let i = start; i < end; i++) {
      const g = grads[i]! * gradScale + weightDecay * params[i]!;
      const speed = momentum * velocity[i]! + g;
      velocity[i] = speed;
      params[i] = params[i]! - (onGradient * g + onVelocity * speed);
    }
  },
  ema(average, values, [start, end], decay) {
    const rest = 1 - decay;
    for (let i = start; i < end; i++) average[i] = decay * average[i]! + rest * values[i]!;
  },
  sumOfSquares(x, [start, end]) {
    // Four sums at once: one alone would wait for every addition before it.
    let [a, b, c, d] = [0, 0, 0, 0];
    const whole = end - ((end - start) % 4);
    for (let i = start; i < whole; i += 4) {
      a += x[i]! * x[i]!;
      b += x[i + 1]! * x[i + 1]!;
      c += x[i + 2]! * x[i + 2]!;
      d += x[i + 3]! * x[i + 3]!;
    }
    for (let i = whole; i < end; i++) a += x[i]! * x[i]!;
    return a + b + c + d;
  },
};

export const plainLoops: MakeLoops<Loops> = (arrays, length) => ({
  kept: Array.from({ length: arrays }, () => new Float32Array(length)),
  ...plain,
});
