/** A stretch of the flat parameter vector that shares its settings. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly weightDecay: number;
  /** Factor on the learning rate (layer-wise decay); default 1. */
  readonly scale?: number;
}

/**
 * An optimiser over one flat parameter vector, in place. A plain loop on the host is faster on a CPU than an ONNX graph of the
 * same update (DESIGN.md).
 */
export interface Optimizer {
  readonly name: string;
  /** The state that a checkpoint must hold, by name; each as long as the parameters. */
  readonly state: Readonly<Record<string, Float32Array>>;
  /** Applies update number `t` (from 1); gradients are multiplied by `gradScale` first (clipping). */
  step(params: Float32Array, grads: Float32Array, lr: number, t: number, gradScale?: number): void;
}

export interface AdamWOptions {
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
}

/** AdamW (Loshchilov & Hutter 2019): Adam with decoupled weight decay, as torch.optim.AdamW. */
export function adamW(length: number, segments: readonly Segment[], options: AdamWOptions = {}): Optimizer {
  const { betas = [0.9, 0.999], epsilon = 1e-8 } = options;
  const m = new Float32Array(length);
  const v = new Float32Array(length);
  return {
    name: 'adamw',
    state: { m, v },
    step(params, grads, lr, t, gradScale = 1) {
      const [b1, b2] = betas;
      const [a1, a2] = [1 - b1, 1 - b2];
      const rootCorrection = 1 / Math.sqrt(1 - b2 ** t);
      const correction = 1 - b1 ** t;
      for (const { start, end, weightDecay, scale = 1 } of segments) {
        const rate = lr * scale;
        const keep = 1 - rate * weightDecay;
        const size = rate / correction;
        for (let i = start; i < end; i++) {
          const g = grads[i]! * gradScale;
          const mi = b1 * m[i]! + a1 * g;
          const vi = b2 * v[i]! + a2 * g * g;
          m[i] = mi;
          v[i] = vi;
          params[i] = params[i]! * keep - (size * mi) / (Math.sqrt(vi) * rootCorrection + epsilon);
        }
      }
    },
  };
}

export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with momentum and coupled weight decay, as torch.optim.SGD. */
export function sgd(length: number, segments: readonly Segment[], options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, nesterov = false } = options;
  const velocity = new Float32Array(length);
  return {
    name: 'sgd',
    state: { velocity },
    step(params, grads, lr, _t, gradScale = 1) {
      for (const { start, end, weightDecay, scale = 1 } of segments) {
        const rate = lr * scale;
        for (let i = start; i < end; i++) {
          const g = grads[i]! * gradScale + weightDecay * params[i]!;
          const speed = momentum * velocity[i]! + g;
          velocity[i] = speed;
          params[i] = params[i]! - rate * (nesterov ? g + momentum * speed : speed);
        }
      }
    },
  };
}
