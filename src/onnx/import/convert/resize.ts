import { check } from '../../../base/errors.ts';
import { f32, toNumbers } from '../../../base/tensor.ts';
import { ints } from '../../../graph/build.ts';
import type { Dim } from '../../../graph/dim.ts';
import { axisOf } from '../../../graph/ops/host.ts';
import { constant, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, constantInput, dimsOf, input } from '../call.ts';
import { ownAttributes } from './direct.ts';

/** Resizing: old names and defaults, and sizes as scales where the batch is a symbol. */

/** Coordinates of Upsample and of Resize in opset 10. */
const asymmetric = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

/** The factor that takes `from` to exactly `to` when the product is rounded down, as close to `to / from` as float32 has. */
function factor(from: number, to: number): number {
  let scale = Math.fround(to / from);
  for (let ulp = 2 ** -23; Math.floor(from * scale) < to; ulp *= 2) scale = Math.fround((to / from) * (1 + ulp));
  return scale;
}

/** Scales for all dimensions from sizes: a symbolic dimension can only stay. */
function scalesFor(shape: readonly Dim[], sizes: readonly Dim[], c: Call): Value {
  const scales = shape.map((d, i) => {
    const to = sizes[i]!;
    if (typeof d === 'number' && typeof to === 'number') return factor(d, to);
    check(d === to || (c.symbols.isBatch(d) && to === 1), () => `dimension '${d}' cannot be resized to '${to}'`);
    return 1;
  });
  return constant(f32([scales.length], scales));
}

const resize: Converter = (c) => {
  const x = input(c, 0);
  const { shape } = x.type;
  const attrs = ownAttributes(c, 'Resize');
  if (c.opset === 10) Object.assign(attrs, asymmetric);
  const coordinates = String(attrs.coordinate_transformation_mode ?? 'half_pixel');
  check(!coordinates.startsWith('tf_'), () => `coordinates by the rule '${coordinates}' are not supported`);
  const axes = c.attrs.ints('axes')?.map((a) => axisOf(a, shape.length));
  const whole = <T>(list: readonly T[], rest: (i: number) => T): T[] => {
    const full = shape.map((_, i) => rest(i));
    (axes ?? list.map((_, i) => i)).forEach((axis, i) => {
      full[axis] = list[i]!;
    });
    return full;
  };
  const at = c.opset === 10 ? 1 : 2;
  const given = constantInput(c, at, 'the scale');
  if (given) {
    const scales = whole(toNumbers(given), () => 1);
    check(scales.length === shape.length, () => `${scales.length} scales for ${shape.length} dimensions`);
    return c.make('Resize', [x, undefined, constant(f32([scales.length], scales))], attrs);
  }
  const sizes = dimsOf(c, 3);
  check(sizes && sizes.length > 0, 'the size depends on the image; it must be known when the model is read');
  const full = whole(sizes, (i) => shape[i]!);
  check(full.length === shape.length, () => `${full.length} sizes for ${shape.length} dimensions`);
  const fixed = [...shape, ...full].every((d) => typeof d === 'number');
  if (fixed) return c.make('Resize', [x, undefined, undefined, ints(full as number[])], attrs);
  return c.make('Resize', [x, undefined, scalesFor(shape, full, c)], attrs);
};

const upsample: Converter = (c) => {
  const mode = c.attrs.text('mode', 'nearest');
  const given = constantInput(c, 1, 'the scale');
  // To opset 8 it was an attribute.
  const scales = given ? toNumbers(given) : c.attrs.floats('scales');
  check(scales && scales.length > 0, 'the scales are missing');
  const attrs = { mode, ...asymmetric };
  return c.make('Resize', [input(c, 0), undefined, constant(f32([scales.length], scales))], attrs);
};

export const resizing: Record<string, Converter> = { Resize: resize, Upsample: upsample };
