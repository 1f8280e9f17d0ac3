import { check } from '../../base/errors.ts';
import { Axis } from '../axes.ts';
import { pad, reshape, slice } from '../build.ts';
import type { ChannelContext } from '../channel-context.ts';
import { type Dim, fixed, isCounted, opaque } from '../dim.ts';
import { type GradientContext, type InferContext, register } from '../op.ts';
import type { Value } from '../value.ts';
import * as dims from './dims.ts';
import { given, hostContext } from './host.ts';
import { type Part, slicedBy } from './host-layout.ts';
import { hostless, integers, integersOrCounted, typed } from './known.ts';
import { axisOf } from './reduce.ts';

/** Slice: every so manieth element of some dimensions. */

const INF = 2 ** 31 - 1;

interface SliceSpec {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: Dim;
}

function sliceSpecs(c: InferContext): SliceSpec[] {
  const { shape } = c.type(0);
  const starts = integers(c, 1, 'starts')!;
  const ends = integersOrCounted(c, 2, 'ends');
  const axes = integers(c, 3, 'axes') ?? starts.map((_, i) => i);
  const steps = integers(c, 4, 'steps') ?? starts.map(() => 1);
  return axes.map((a, i) => {
    const axis = axisOf(a, shape.length);
    const size = shape[axis]!;
    const step = steps[i]!;
    check(step !== 0, 'a step of 0');
    const stop = ends[i]!;
    if (typeof stop === 'string')
      return { axis, start: starts[i]!, step, length: opaque(`${size}[${starts[i]}:${stop}]`) };
    if (typeof size === 'string') return symbolicSlice(axis, size, starts[i]!, stop, step);
    const clamp = (v: number, low: number, high: number) => Math.max(low, Math.min(high, v < 0 ? v + size : v));
    const start = step > 0 ? clamp(starts[i]!, 0, size) : clamp(starts[i]!, 0, size - 1);
    const end = step > 0 ? clamp(stop, 0, size) : stop <= -INF ? -1 : clamp(stop, -1, size - 1);
    return { axis, start, step, length: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

function symbolicSlice(axis: number, size: string, start: number, end: number, step: number): SliceSpec {
  if (start === 0 && end >= INF && step === 1) return { axis, start, step, length: size };
  if (start === -1 && end <= -INF && step === -1) return { axis, start, step, length: size };
  // A batch is taken to be large enough; what hangs on numbers, as how many boxes are kept, may be less.
  if (!isCounted(size) && start >= 0 && end >= 0 && end < INF && step === 1)
    return { axis, start, step, length: end - start };
  return { axis, start, step, length: opaque(`${size}[${start}:${end}:${step}]`) };
}

/** Puts zeros back where the slice left elements out. */
function sliceGradient(c: GradientContext): Value {
  const { shape } = c.type(0);
  let g = c.dy;
  const begins = shape.map(() => 0);
  const ends = shape.map(() => 0);
  for (const { axis, start, step, length } of sliceSpecs(c)) {
    const size = shape[axis]!;
    if (length === size && step === 1) continue;
    let first = start;
    if (step < 0) {
      g = slice(g, [axis], [-1], [-INF], [-1]);
      if (length === size) continue;
      first = start + (fixed(length, 'the length of a reversed slice') - 1) * step;
    }
    const n = fixed(length, 'the length of a slice that is differentiated');
    const stride = Math.abs(step);
    if (stride > 1) g = spread(g, axis, n, stride);
    begins[axis] = first;
    ends[axis] = fixed(size, 'a sliced dimension that is differentiated') - first - n * stride;
  }
  return pad(g, [...begins, ...ends]);
}

/** Puts `stride - 1` zeros after each element along `axis`. */
function spread(x: Value, axis: number, n: number, stride: number): Value {
  const { shape } = x.type;
  const apart = reshape(x, [...shape.slice(0, axis), n, 1, ...shape.slice(axis + 1)]);
  const ends = apart.type.shape.map((_, i) => (i === axis + 1 ? stride - 1 : 0));
  const wide = pad(apart, [...ends.map(() => 0), ...ends]);
  return reshape(wide, [...shape.slice(0, axis), n * stride, ...shape.slice(axis + 1)]);
}

/** What is left of each dimension; the parts before and behind it are axes of their own. */
function slicedAxes(c: ChannelContext<'Slice'>): Axis[] {
  const axes = [...c.in(0)];
  const specs = sliceSpecs(hostless(c));
  const cuts: { readonly axis: Axis; readonly before: Axis | undefined }[] = [];
  for (const { axis, start, step, length } of specs) {
    const whole = axes[axis]!;
    if (length === whole.size && step === 1) {
      cuts.push({ axis: whole, before: undefined });
      continue;
    }
    if (whole.size === undefined || typeof length !== 'number' || step !== 1) {
      whole.fix();
      axes[axis] = new Axis(length, true);
      cuts.push({ axis: axes[axis], before: new Axis(start, true) });
      continue;
    }
    const sizes = [start, length, whole.size - start - length];
    const parts = whole.cut(sizes.filter((n) => n > 0));
    const before = start > 0 ? parts[0] : undefined;
    axes[axis] = length > 0 ? parts[start > 0 ? 1 : 0]! : new Axis(0, true);
    cuts.push({ axis: axes[axis]!, before });
  }
  if (specs.every(({ step }) => step === 1) && specs.every(({ length }) => typeof length === 'number')) {
    c.resized((size) => {
      const starts = cuts.map(({ before }) => (before ? size(before) : 0));
      return { inputs: { 1: starts, 2: cuts.map(({ axis }, i) => starts[i]! + size(axis)) } };
    });
  }
  return axes;
}

register({
  name: 'Slice',
  view: 'part',
  // Backwards in steps of two and more it reads the wrong elements.
  offGpu: (c) => sliceSpecs(c).some(({ step }) => step < -1),
  dims: dims.slice,
  channels: (c) => [slicedAxes(c)],
  evaluate: (inputs, attrs) => [slicedBy(given(inputs, 0), sliceSpecs(hostContext(inputs, attrs)) as Part[])],
  infer: (c) => {
    const shape = [...c.type(0).shape];
    for (const s of sliceSpecs(c)) shape[s.axis] = s.length;
    return typed(c, shape);
  },
  gradient: (c) => [sliceGradient(c)],
});
