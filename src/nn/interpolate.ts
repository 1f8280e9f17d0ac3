/** The input positions and weights of each output position along one axis. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `width` of them for each output position. */
  readonly weights: Float64Array;
  readonly width: number;
}

/** Keys' cubic convolution with a = -0.5, which PyTorch takes where it antialiases. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

function cubicTaps(from: number, to: number): Taps {
  const scale = from / to;
  const spread = Math.max(1, scale);
  const support = 2 * spread;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const n = Math.min(from, Math.trunc(centre + support + 0.5)) - low;
    let sum = 0;
    for (let k = 0; k < n; k++) sum += cubic((k + low - centre + 0.5) / spread);
    for (let k = 0; k < n; k++) weights[i * width + k] = cubic((k + low - centre + 0.5) / spread) / sum;
    first[i] = low;
    count[i] = n;
  }
  return { first, count, weights, width };
}

/**
 * Bicubic resampling with antialiasing along the middle axis of [outer, from, inner] to [outer, to, inner]: what
 * `torch.nn.functional.interpolate(mode='bicubic', antialias=True, align_corners=False)` does to each axis.
 */
export function resampleAxis(data: Float32Array, outer: number, from: number, inner: number, to: number): Float32Array {
  if (from === to) return data;
  const { first, count, weights, width } = cubicTaps(from, to);
  const out = new Float32Array(outer * to * inner);
  const row = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      row.fill(0);
      for (let k = 0; k < count[i]!; k++) {
        const w = weights[i * width + k]!;
        const at = (o * from + first[i]! + k) * inner;
        for (let c = 0; c < inner; c++) row[c] = row[c]! + w * data[at + c]!;
      }
      out.set(row, (o * to + i) * inner);
    }
  }
  return out;
}
