import { check } from '../../base/errors.ts';
import type { AttrReader } from '../attributes.ts';
import { type Dim, fixed, opaque } from '../dim.ts';

type Windowed = 'Conv' | 'ConvTranspose' | 'NchwcConv' | 'DepthwiseWeightGradient' | 'AveragePool' | 'MaxPool';

/** Geometry shared by convolutions and pooling over any number of spatial dimensions. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** Reads the window attributes; `spatial` = the input's spatial dimensions, needed for SAME padding. */
export function readWindow(attrs: AttrReader<Windowed>, kernel: readonly number[], spatial: readonly Dim[]): Window {
  const n = kernel.length;
  check(spatial.length === n, () => `the kernel has ${n} dimensions, the input ${spatial.length} spatial ones`);
  const ones = Array.from({ length: n }, () => 1);
  const strides = attrs.ints('strides') ?? ones;
  const dilations = attrs.ints('dilations') ?? ones;
  check(
    [...strides, ...dilations, ...kernel].every((v) => v >= 1),
    'kernel, strides and dilations must be at least 1',
  );
  check(strides.length === n && dilations.length === n, () => `strides and dilations must have ${n} entries`);
  const auto = attrs.string('auto_pad');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const total = kernel.map((k, i) => {
      const size = fixed(spatial[i], 'a spatial dimension under SAME padding');
      return Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + (k - 1) * dilations[i]! + 1 - size);
    });
    const small = total.map((t) => Math.floor(t / 2));
    const large = total.map((t) => Math.ceil(t / 2));
    const [begin, end] = auto === 'SAME_UPPER' ? [small, large] : [large, small];
    return { kernel, strides, dilations, begin, end };
  }
  const pads = (auto === 'VALID' ? undefined : attrs.ints('pads')) ?? [...ones, ...ones].map(() => 0);
  check(pads.length === 2 * n, () => `pads must have ${2 * n} entries, got ${pads.length}`);
  return { kernel, strides, dilations, begin: pads.slice(0, n), end: pads.slice(n) };
}

/** Begins then ends, as ONNX writes padding. */
export const padsOf = (w: Window) => [...w.begin, ...w.end];

/** Output length of one spatial dimension. */
export function windowOutput(size: Dim, w: Window, i: number, ceil = false): Dim {
  const reach = (w.kernel[i]! - 1) * w.dilations[i]! + 1;
  const [s, b, e] = [w.strides[i]!, w.begin[i]!, w.end[i]!];
  if (typeof size === 'string') {
    if (s === 1 && b + e === reach - 1) return size;
    return opaque(`${ceil ? 'ceil' : 'floor'}((${size}+${b + e - reach})/${s})+1`);
  }
  const span = size + b + e - reach;
  check(span >= 0, () => `a window of ${reach} does not fit an input of ${size} with padding ${b}+${e}`);
  let out = (ceil ? Math.ceil(span / s) : Math.floor(span / s)) + 1;
  // A window that would start in the end padding is dropped.
  if (ceil && (out - 1) * s >= size + b) out--;
  return out;
}
