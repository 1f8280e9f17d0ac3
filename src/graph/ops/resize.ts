import { check, YosegiError } from '../../base/errors.ts';
import { f32, sizeOf, toNumbers } from '../../base/tensor.ts';
import { alongAxis } from '../build.ts';
import { fixedAxes } from '../channel-context.ts';
import { fixed } from '../dim.ts';
import { type InferContext, register } from '../op.ts';
import { constant, constantOf, type Value } from '../value.ts';

/**
 * Resize: each axis is a linear map, so the gradient is the transposed map, built here from ONNX's definition of the
 * coordinates. (Antialiased resizing is forward only.)
 */
interface Axis {
  readonly size: number;
  readonly out: number;
  readonly scale: number;
}

function axes(c: InferContext<'Resize'>): Axis[] {
  const shape = c.type(0).shape;
  const scales = constantOf(c.inputs[2]);
  const sizes = constantOf(c.inputs[3]);
  check(scales || sizes, 'sizes or scales must be constant');
  const given = toNumbers((sizes ?? scales)!);
  check(given.length === shape.length, () => `sizes or scales must have ${shape.length} entries, got ${given.length}`);
  check(c.attrs.string('keep_aspect_ratio_policy') === 'stretch', 'only the policy "stretch" is supported');
  return shape.map((d, i) => {
    if (typeof d === 'string') {
      check(!sizes && given[i] === 1, () => `dimension '${d}' can only be kept (scale 1)`);
      return { size: -1, out: -1, scale: 1 };
    }
    if (sizes) return { size: d, out: given[i]!, scale: given[i]! / d };
    return { size: d, out: Math.floor(d * given[i]!), scale: given[i]! };
  });
}

/** Where output position `o` lies in the input. */
function source(mode: string, o: number, { size, out, scale }: Axis): number {
  switch (mode) {
    case 'half_pixel':
      return (o + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return out > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return out > 1 ? (o * (size - 1)) / (out - 1) : 0;
    case 'asymmetric':
      return o / scale;
    default:
      throw new YosegiError(`coordinate mode '${mode}' is not supported`);
  }
}

const roundings: Record<string, (x: number) => number> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Weights of the input positions around `x`. */
function kernel(c: InferContext<'Resize'>, x: number): [number, number][] {
  const mode = c.attrs.string('mode');
  if (mode === 'nearest') {
    const round = roundings[c.attrs.string('nearest_mode')];
    check(round, () => `nearest_mode '${c.attrs.string('nearest_mode')}' is not supported`);
    return [[round(x), 1]];
  }
  const low = Math.floor(x);
  const t = x - low;
  if (mode === 'linear')
    return [
      [low, 1 - t],
      [low + 1, t],
    ];
  const a = c.attrs.float('cubic_coeff_a');
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [
    [low - 1, far(1 + t)],
    [low, near(t)],
    [low + 1, near(1 - t)],
    [low + 2, far(2 - t)],
  ];
}

/** The transposed map [in, out] of one axis. */
function transposedMap(c: InferContext<'Resize'>, axis: Axis): Value {
  const data = new Float32Array(axis.size * axis.out);
  const mode = c.attrs.string('coordinate_transformation_mode');
  for (let o = 0; o < axis.out; o++) {
    for (const [i, weight] of kernel(c, source(mode, o, axis))) {
      data[Math.max(0, Math.min(axis.size - 1, i)) * axis.out + o]! += weight;
    }
  }
  return constant(f32([axis.size, axis.out], data));
}

register({
  name: 'Resize',
  channels: (c) => {
    const { shape } = c.node.outputs[0]!.type;
    const given = constantOf(c.node.inputs[3]);
    const out = c.in(0).map((a, i) => {
      if (shape[i] === c.node.inputs[0]!.type.shape[i]) return a;
      a.fix();
      return fixedAxes([shape[i]!])[0]!;
    });
    if (given) {
      const old = toNumbers(given);
      c.resized((size) => ({ inputs: { 3: out.map((a, i) => (a.size === undefined ? old[i]! : size(a))) } }));
    }
    return [out];
  },
  infer: (c) => {
    const { dtype, shape } = c.type(0);
    return [{ dtype, shape: axes(c).map((a, i) => (a.out < 0 ? shape[i]! : a.out)) }];
  },
  cost: (c) => ({ macs: 0, flops: 4 * sizeOf(c.outputs[0]!) }),
  gradient: (c) => {
    check(
      c.attrs.int('antialias') === 0 && c.attrs.int('exclude_outside') === 0,
      'no gradient for antialias or exclude_outside',
    );
    const dx = axes(c).reduce<Value>((g, axis, i) => {
      if (axis.size < 0 || (axis.size === axis.out && axis.scale === 1)) return g;
      fixed(g.type.shape[i], 'a resized dimension');
      return alongAxis(g, i, transposedMap(c, axis));
    }, c.dy);
    return [dx];
  },
});
