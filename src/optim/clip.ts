/** Euclidean norm of a vector; NaN or infinite if an element is. */
export function norm(x: Float32Array): number {
  // Four sums at once: one alone would wait for every addition before it.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = x.length - (x.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * x[i]!;
    b += x[i + 1]! * x[i + 1]!;
    c += x[i + 2]! * x[i + 2]!;
    d += x[i + 3]! * x[i + 3]!;
  }
  for (let i = whole; i < x.length; i++) a += x[i]! * x[i]!;
  return Math.sqrt(a + b + c + d);
}

/** The factor that brings a gradient of this norm down to `max`, as torch.nn.utils.clip_grad_norm_; 1 where it is within. */
export function clipScale(gradientNorm: number, max: number): number {
  return max > 0 ? Math.min(1, max / (gradientNorm + 1e-6)) : 1;
}
