/** Euclidean norm of a vector; NaN or infinite if an element is. */
export function norm(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  return Math.sqrt(sum);
}

/** The factor that brings a gradient of this norm down to `max`, as torch.nn.utils.clip_grad_norm_; 1 where it is within. */
export function clipScale(gradientNorm: number, max: number): number {
  return max > 0 ? Math.min(1, max / (gradientNorm + 1e-6)) : 1;
}
