import { sharedLoops } from './fastest.ts';

/** Euclidean norm of a vector; NaN or infinite if an element is. */
export function norm(x: Float32Array): number {
  return Math.sqrt(sharedLoops().sumOfSquares(x, [0, x.length]));
}

/** The factor that brings a gradient of this norm down to `max`, as torch.nn.utils.clip_grad_norm_; 1 where it is within. */
export function clipScale(gradientNorm: number, max: number): number {
  return max > 0 ? Math.min(1, max / (gradientNorm + 1e-6)) : 1;
}
