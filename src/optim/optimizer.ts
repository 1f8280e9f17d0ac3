import { fastestLoops } from './fastest.ts';

/** A stretch of the flat parameter vector that shares its settings. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly weightDecay: number;
  /** Factor on the learning rate (layer-wise decay); default 1. */
  readonly scale?: number;
}

/**
 * An optimiser over one flat parameter vector, in place. A loop on the host (loops.ts) is faster on a CPU than an ONNX graph of the
 * same update.
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
  const loops = fastestLoops(2, length);
  const [m, v] = loops.kept as [Float32Array, Float32Array];
  return {
    name: 'adamw',
    state: { m, v },
    step(params, grads, lr, t, gradScale = 1) {
      const root = 1 / Math.sqrt(1 - betas[1] ** t);
      const correction = 1 - betas[0] ** t;
      for (const { start, end, weightDecay, scale = 1 } of segments) {
        const rate = lr * scale;
        const factors = { gradScale, betas, keep: 1 - rate * weightDecay, size: rate / correction, root, epsilon };
        loops.adamW(params, grads, m, v, [start, end], factors);
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
  const loops = fastestLoops(1, length);
  const [velocity] = loops.kept as [Float32Array];
  return {
    name: 'sgd',
    state: { velocity },
    step(params, grads, lr, _t, gradScale = 1) {
      for (const { start, end, weightDecay, scale = 1 } of segments) {
        const rate = lr * scale;
        const [onGradient, onVelocity] = nesterov ? [rate, rate * momentum] : [0, rate];
        const factors = { gradScale, weightDecay, momentum, onGradient, onVelocity };
        loops.sgd(params, grads, velocity, [start, end], factors);
      }
    },
  };
}
