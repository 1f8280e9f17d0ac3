import { check } from '../../base/errors.ts';
import { i64, toNumbers } from '../../base/tensor.ts';
import { Axis, productAxis, sumAxis, unify } from '../axes.ts';
import { alongAxis, concat, ints, pad, reshape, slice, split, transpose, unbroadcast, where } from '../build.ts';
import {
  alignedAxes,
  type ChannelContext,
  fixedAxes,
  independent,
  likeFirst,
  reshapedAxes,
  unrelated,
} from '../channel-context.ts';
import { addDim, broadcastShapes, type Dim, divDim, fixed, mulDim, opaque, productOf } from '../dim.ts';
import { apply1, type GradientContext, type InferContext, type OpRecord, register } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import { constant, constantOf, type TensorType, type Value } from '../value.ts';
import * as dims from './dims.ts';
import { declined, given, hostContext } from './host.ts';
import {
  evaluateConcat,
  evaluateConstantOfShape,
  evaluateExpand,
  evaluateRange,
  evaluateReshaped,
  evaluateTile,
  evaluateTranspose,
  evaluateTrilu,
  type Part,
  padded,
  slicedBy,
  splitBy,
} from './host-layout.ts';
import { axisOf } from './reduce.ts';
import type { OpName } from './signatures.ts';

/** Operators that move elements without computing. */

const INF = 2 ** 31 - 1;

/** The integers of a constant input, or undefined when it is absent. */
function integers(c: InferContext, i: number, what: string): number[] | undefined {
  const value = c.inputs[i];
  if (!value) return undefined;
  const known = shapeValue(value);
  check(
    known?.every((d) => typeof d === 'number'),
    `${what} must be known when the graph is built`,
  );
  return known as number[];
}

/** A shape given as an input; dimensions may be symbols. */
function shapeInput(c: InferContext, i: number): Dim[] {
  const known = shapeValue(c.inputs[i]);
  check(known, 'the shape depends on data; it must be known when the graph is built');
  return known;
}

function reshapedShape(from: readonly Dim[], target: readonly Dim[], allowZero: boolean): Dim[] {
  const shape = target.map((d, i) => {
    if (d !== 0 || allowZero) return d;
    check(i < from.length, 'a 0 in the target shape copies a dimension that the input does not have');
    return from[i]!;
  });
  const open = shape.indexOf(-1);
  const total = productOf(from);
  if (open >= 0) {
    const rest = productOf(shape.filter((_, i) => i !== open));
    const missing = divDim(total, rest);
    check(missing !== undefined || typeof total === 'string', () => `cannot reshape [${from}] to [${target}]`);
    shape[open] = missing ?? opaque(`${total}/${rest}`);
  } else {
    const both = typeof total === 'number' && typeof productOf(shape) === 'number';
    check(!both || total === productOf(shape), () => `cannot reshape [${from}] to [${target}]`);
  }
  return shape;
}

interface SliceSpec {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: Dim;
}

function sliceSpecs(c: InferContext): SliceSpec[] {
  const { shape } = c.type(0);
  const starts = integers(c, 1, 'starts')!;
  const ends = integers(c, 2, 'ends')!;
  const axes = integers(c, 3, 'axes') ?? starts.map((_, i) => i);
  const steps = integers(c, 4, 'steps') ?? starts.map(() => 1);
  return axes.map((a, i) => {
    const axis = axisOf(a, shape.length);
    const size = shape[axis]!;
    const step = steps[i]!;
    check(step !== 0, 'a step of 0');
    if (typeof size === 'string') return symbolicSlice(axis, size, starts[i]!, ends[i]!, step);
    const clamp = (v: number, low: number, high: number) => Math.max(low, Math.min(high, v < 0 ? v + size : v));
    const start = step > 0 ? clamp(starts[i]!, 0, size) : clamp(starts[i]!, 0, size - 1);
    const end = step > 0 ? clamp(ends[i]!, 0, size) : ends[i]! <= -INF ? -1 : clamp(ends[i]!, -1, size - 1);
    return { axis, start, step, length: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

function symbolicSlice(axis: number, size: string, start: number, end: number, step: number): SliceSpec {
  if (start === 0 && end >= INF && step === 1) return { axis, start, step, length: size };
  if (start === -1 && end <= -INF && step === -1) return { axis, start, step, length: size };
  if (start >= 0 && end >= 0 && end < INF && step === 1) return { axis, start, step, length: end - start };
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

/** Which input element each padded position repeats, for the modes that repeat. */
function padSource(mode: string, size: number, begin: number, end: number): number[] {
  return Array.from({ length: size + begin + end }, (_, i) => {
    const at = i - begin;
    if (mode === 'edge') return Math.max(0, Math.min(size - 1, at));
    if (mode === 'wrap') return ((at % size) + size) % size;
    const period = Math.max(1, 2 * (size - 1));
    const folded = ((at % period) + period) % period;
    return folded < size ? folded : period - folded;
  });
}

function padSpec(c: InferContext): { begin: number[]; end: number[] } {
  const rank = c.type(0).shape.length;
  const pads = integers(c, 1, 'pads')!;
  const axes = integers(c, 3, 'axes') ?? Array.from({ length: rank }, (_, i) => i);
  check(pads.length === 2 * axes.length, () => `pads must have ${2 * axes.length} entries, got ${pads.length}`);
  const begin = new Array<number>(rank).fill(0);
  const end = new Array<number>(rank).fill(0);
  axes.forEach((a, i) => {
    const axis = axisOf(a, rank);
    begin[axis] = pads[i]!;
    end[axis] = pads[i + axes.length]!;
  });
  return { begin, end };
}

function padGradient(c: GradientContext): Value {
  const { begin, end } = padSpec(c);
  const mode = c.attrs.string('mode');
  if (mode === 'constant')
    return pad(
      c.dy,
      [...begin, ...end].map((p) => -p),
    );
  return c.type(0).shape.reduce<Value>((g, d, axis) => {
    if (begin[axis] === 0 && end[axis] === 0) return g;
    const size = fixed(d, 'a padded dimension');
    const source = padSource(mode, size, begin[axis]!, end[axis]!);
    const back = new Float32Array(size * source.length);
    source.forEach((s, i) => {
      back[s * source.length + i] = 1;
    });
    return alongAxis(g, axis, constant({ dtype: 'float32', shape: [size, source.length], data: back }));
  }, c.dy);
}

function squeezedAxes(c: InferContext): number[] {
  const { shape } = c.type(0);
  return (integers(c, 1, 'axes') ?? shape.flatMap((d, i) => (d === 1 ? [i] : []))).map((a) => axisOf(a, shape.length));
}

/** [N, C, H, W] ↔ blocks: the reshape–transpose–reshape that DepthToSpace and SpaceToDepth stand for. */
function depthToSpace(x: Value, block: number, mode: string): Value {
  const [n, channels, h, w] = x.type.shape;
  const depth = fixed(channels, 'the number of channels') / block ** 2;
  const parts = mode === 'CRD' ? [depth, block, block] : [block, block, depth];
  const perm = mode === 'CRD' ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const blocks = transpose(reshape(x, [n!, ...parts, h!, w!]), perm);
  return reshape(blocks, [n!, depth, mulDim(h!, block), mulDim(w!, block)]);
}

function splitSizes(c: InferContext<'Split'>): Dim[] {
  const { shape } = c.type(0);
  const axis = axisOf(c.attrs.int('axis'), shape.length);
  const given = integers(c, 1, 'split');
  const total = shape[axis]!;
  if (given) {
    check(
      typeof total === 'string' || given.reduce((a, b) => a + b, 0) === total,
      () => `parts [${given}] do not make ${total}`,
    );
    return given;
  }
  check(c.attrs.has('num_outputs'), 'neither part sizes nor num_outputs are given');
  const n = c.attrs.int('num_outputs');
  const each = Math.ceil(fixed(total, 'a dimension split into equal parts') / n);
  return Array.from({ length: n }, (_, i) => Math.min(each, fixed(total, 'dimension') - i * each));
}

const typed = (c: InferContext, shape: readonly Dim[]): TensorType[] => [{ dtype: c.type(0).dtype, shape }];

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

/** A context with the types alone. */
const hostless = <K extends OpName>({ node, attrs }: ChannelContext<K>): InferContext<K> => ({
  inputs: node.inputs,
  attrs,
  type: (i) => node.inputs[i]!.type,
});

function joinedAxes(c: ChannelContext<'Concat'>): Axis[] {
  const { shape } = c.node.outputs[0]!.type;
  const at = axisOf(c.attrs.int('axis'), shape.length);
  const all = c.node.inputs.map((_, i) => c.in(i));
  const out = shape.map((d, k) => {
    const own = all.map((axes) => axes[k]!);
    if (k !== at) for (const a of own.slice(1)) unify(own[0]!, a);
    return k !== at || typeof d !== 'number' ? own[0]! : sumAxis(own);
  });
  if (typeof shape[at] !== 'number') {
    for (const axes of all) axes[at]!.fix();
    out[at] = new Axis(shape[at]!, true);
  }
  return out;
}

function partedAxes(c: ChannelContext<'Split'>): Axis[][] {
  const axes = c.in(0);
  const at = axisOf(c.attrs.int('axis'), axes.length);
  const sizes = c.node.outputs.map((y) => y.type.shape[at]!);
  if (!sizes.every((s) => typeof s === 'number') || !c.node.inputs[1])
    return [...unrelated(c as ChannelContext)] as Axis[][];
  const parts = axes[at]!.cut(sizes);
  c.resized((size) => ({ inputs: { 1: parts.map(size) } }));
  return parts.map((part) => axes.map((a, k) => (k === at ? part : a)));
}

/** Zeros beside a dimension stay; where elements are cut off, or repeated, nothing may go. */
function paddedAxes(c: ChannelContext<'Pad'>): Axis[] {
  const { begin, end } = padSpec(hostless(c));
  const { shape } = c.node.outputs[0]!.type;
  return c.in(0).map((a, k) => {
    const [before, behind] = [begin[k]!, end[k]!];
    if (before === 0 && behind === 0) return a;
    if (a.size !== undefined && before >= 0 && behind >= 0 && c.attrs.string('mode') === 'constant') {
      return sumAxis([new Axis(before, true), a, new Axis(behind, true)]);
    }
    a.fix();
    return new Axis(shape[k]!, true);
  });
}

/** The indices again and again. */
function repeatedAxis(a: Axis, size: Dim): Axis {
  if (size === a.size) return a;
  if (typeof size === 'number' && a.size !== undefined) return productAxis([new Axis(size / a.size, true), a]);
  a.fix();
  return new Axis(size, true);
}

function blocksToPixels(c: ChannelContext<'DepthToSpace'>): Axis[] {
  const [n, channels, h, w] = c.in(0);
  const b = c.attrs.int('blocksize');
  const { shape } = c.node.outputs[0]!.type;
  for (const a of [h!, w!]) a.fix();
  if (channels!.size === undefined) {
    channels!.fix();
    return [n!, ...fixedAxes(shape.slice(1))];
  }
  const depth = channels!.size / b ** 2;
  const last = c.attrs.string('mode') === 'DCR';
  const parts = channels!.factor(last ? [b * b, depth] : [depth, b * b]);
  parts[last ? 0 : 1]!.fix();
  return [n!, parts[last ? 1 : 0]!, ...fixedAxes(shape.slice(2))];
}

type Relabel = 'Reshape' | 'Flatten' | 'Squeeze' | 'Unsqueeze';

/** The same numbers in the same order under another shape. */
function relabel<K extends Relabel>(
  name: K,
  shape: (c: InferContext<K>) => Dim[],
  more?: Partial<OpRecord<K>>,
): OpRecord<K>;
function relabel(
  name: Relabel,
  shape: (c: InferContext<Relabel>) => Dim[],
  more: Partial<OpRecord<Relabel>> = {},
): OpRecord<Relabel> {
  const infer = (c: InferContext<Relabel>) => typed(c, shape(c));
  return {
    name,
    view: 'whole',
    infer,
    gradient: (c) => [reshape(c.dy, c.type(0).shape), undefined],
    evaluate: evaluateReshaped(infer),
    dims: dims.same,
    channels: (c) => [reshapedAxes(c.in(0), c.node.inputs[0]!.type.shape, c.node.outputs[0]!.type.shape)],
    ...more,
  };
}

/** A target that is a constant says the new sizes; a 0 or −1 in it stands for a symbol still. */
function resizedTarget(c: ChannelContext<'Reshape' | 'Expand'>, out: readonly Axis[]): void {
  const target = constantOf(c.node.inputs[1]);
  if (!target) return;
  const old = toNumbers(target);
  c.resized((size) => ({ inputs: { 1: out.map((a, i) => (a.size === undefined ? old[i]! : size(a))) } }));
}

register(
  relabel('Reshape', (c) => reshapedShape(c.type(0).shape, shapeInput(c, 1), c.attrs.int('allowzero') === 1), {
    channels: (c) => {
      const out = reshapedAxes(c.in(0), c.node.inputs[0]!.type.shape, c.node.outputs[0]!.type.shape);
      resizedTarget(c, out);
      return [out];
    },
  }),
  relabel('Flatten', (c) => {
    const { shape } = c.type(0);
    const axis = c.attrs.int('axis') < 0 ? c.attrs.int('axis') + shape.length : c.attrs.int('axis');
    return [productOf(shape.slice(0, axis)), productOf(shape.slice(axis))];
  }),
  relabel('Squeeze', (c) => {
    const axes = squeezedAxes(c);
    const { shape } = c.type(0);
    check(
      axes.every((a) => typeof shape[a] === 'string' || shape[a] === 1),
      () => `cannot squeeze axes ${axes} of [${shape}]`,
    );
    return shape.filter((_, i) => !axes.includes(i));
  }),
  relabel('Unsqueeze', (c) => {
    const { shape } = c.type(0);
    const given = integers(c, 1, 'axes')!;
    const rank = shape.length + given.length;
    const axes = given.map((a) => axisOf(a, rank));
    const rest = [...shape];
    return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
  }),
  {
    name: 'Transpose',
    view: 'reordered',
    channels: (c) => {
      const perm = c.attrs.ints('perm') ?? c.in(0).map((_, i, all) => all.length - 1 - i);
      return [perm.map((p) => c.in(0)[p]!)];
    },
    evaluate: evaluateTranspose,
    infer: (c) => {
      const { shape } = c.type(0);
      const perm = c.attrs.ints('perm') ?? shape.map((_, i) => shape.length - 1 - i);
      check(
        perm.length === shape.length &&
          new Set(perm).size === shape.length &&
          perm.every((p) => p >= 0 && p < shape.length),
        () => `[${perm}] is no permutation of ${shape.length} axes`,
      );
      return typed(
        c,
        perm.map((p) => shape[p]!),
      );
    },
    gradient: (c) => {
      const rank = c.type(0).shape.length;
      const perm = c.attrs.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
      return [
        transpose(
          c.dy,
          perm.map((_, i) => perm.indexOf(i)),
        ),
      ];
    },
  },
  {
    name: 'Slice',
    view: 'part',
    dims: dims.slice,
    channels: (c) => [slicedAxes(c)],
    evaluate: (inputs, attrs) => [slicedBy(given(inputs, 0), sliceSpecs(hostContext(inputs, attrs)) as Part[])],
    infer: (c) => {
      const shape = [...c.type(0).shape];
      for (const s of sliceSpecs(c)) shape[s.axis] = s.length;
      return typed(c, shape);
    },
    gradient: (c) => [sliceGradient(c)],
  },
  {
    name: 'Concat',
    dims: dims.concat,
    channels: (c) => [joinedAxes(c)],
    evaluate: evaluateConcat,
    infer: (c) => {
      const first = c.type(0).shape;
      const axis = axisOf(c.attrs.int('axis'), first.length);
      const shape = [...first];
      for (let i = 1; i < c.inputs.length; i++) {
        const next = c.type(i).shape;
        const fits = next.length === first.length && next.every((d, j) => j === axis || d === first[j]);
        check(fits, () => `cannot join [${first}] and [${next}] along axis ${axis}`);
        shape[axis] = addDim(shape[axis]!, next[axis]!);
      }
      return typed(c, shape);
    },
    gradient: (c) => {
      const axis = axisOf(c.attrs.int('axis'), c.type(0).shape.length);
      const sizes = c.inputs.map((_, i) => fixed(c.type(i).shape[axis], 'a joined dimension'));
      return sizes.length === 1 ? [c.dy] : split(c.dy, sizes, axis);
    },
  },
  {
    name: 'Split',
    view: 'part',
    complete: true,
    dims: dims.split,
    channels: partedAxes,
    evaluate: (inputs, attrs) => {
      const t = given(inputs, 0);
      const sizes = splitSizes(hostContext(inputs, attrs)) as number[];
      return splitBy(t, axisOf(attrs.int('axis'), t.shape.length), sizes);
    },
    infer: (c) => {
      const { dtype, shape } = c.type(0);
      const axis = axisOf(c.attrs.int('axis'), shape.length);
      return splitSizes(c).map((size) => ({ dtype, shape: shape.map((d, i) => (i === axis ? size : d)) }));
    },
    gradient: (c) => {
      const axis = axisOf(c.attrs.int('axis'), c.type(0).shape.length);
      const parts = c.outputs.map(
        (y, i) => c.dys[i] ?? apply1('ConstantOfShape', [ints(y.type.shape.map((d) => fixed(d, 'a dimension')))]),
      );
      return [concat(parts, axis), undefined];
    },
  },
  {
    name: 'Pad',
    channels: (c) => [paddedAxes(c)],
    evaluate: (inputs, attrs) => {
      if (attrs.string('mode') !== 'constant') return declined;
      const { begin, end } = padSpec(hostContext(inputs, attrs));
      return [padded(given(inputs, 0), begin, end, inputs[2])];
    },
    infer: (c) => {
      const { begin, end } = padSpec(c);
      return typed(
        c,
        c.type(0).shape.map((d, i) => addDim(d, begin[i]! + end[i]!)),
      );
    },
    gradient: (c) => [padGradient(c)],
  },
  {
    name: 'Expand',
    parameters: ['token'],
    dims: dims.expand,
    channels: (c) => {
      const out = alignedAxes(c, [0]);
      resizedTarget(c, out);
      return [out];
    },
    evaluate: evaluateExpand,
    infer: (c) => typed(c, broadcastShapes(c.type(0).shape, shapeInput(c, 1))),
    gradient: (c) => [unbroadcast(c.dy, c.in(0)), undefined],
  },
  {
    name: 'Tile',
    parameters: ['token'],
    channels: (c) => {
      const { shape } = c.node.outputs[0]!.type;
      return [c.in(0).map((a, i) => repeatedAxis(a, shape[i]!))];
    },
    evaluate: evaluateTile,
    infer: (c) => {
      const repeats = integers(c, 1, 'repeats')!;
      return typed(
        c,
        c.type(0).shape.map((d, i) => mulDim(d, repeats[i]!)),
      );
    },
    gradient: (c) => {
      const repeats = integers(c, 1, 'repeats')!;
      const { shape } = c.type(0);
      const apart = reshape(
        c.dy,
        shape.flatMap((d, i) => [repeats[i]!, d]),
      );
      const axes = repeats.map((_, i) => 2 * i);
      return [reshape(apply1('ReduceSum', [apart, ints(axes)], { keepdims: 0 }), shape), undefined];
    },
  },
  {
    name: 'DepthToSpace',
    view: 'reordered',
    channels: (c) => [blocksToPixels(c)],
    infer: (c) => {
      const [n, channels, h, w] = c.type(0).shape;
      const b = c.attrs.int('blocksize');
      const depth = divDim(channels!, b * b);
      check(depth !== undefined, () => `${channels} channels do not divide by ${b * b}`);
      return typed(c, [n!, depth, mulDim(h!, b), mulDim(w!, b)]);
    },
    gradient: (c) => {
      const b = c.attrs.int('blocksize');
      const g = apply1('SpaceToDepth', [c.dy], { blocksize: b });
      if (c.attrs.string('mode') === 'DCR') return [g];
      const [n, channels, h, w] = g.type.shape;
      const depth = fixed(channels, 'channels') / b ** 2;
      return [reshape(transpose(reshape(g, [n!, b, b, depth, h!, w!]), [0, 3, 1, 2, 4, 5]), g.type.shape)];
    },
  },
  {
    name: 'SpaceToDepth',
    view: 'reordered',
    channels: (c) => {
      const [n, channels, h, w] = c.in(0);
      h!.fix();
      w!.fix();
      const { shape } = c.node.outputs[0]!.type;
      const blocks = new Axis(c.attrs.int('blocksize') ** 2, true);
      return [[n!, productAxis([blocks, channels!]), ...fixedAxes(shape.slice(2))]];
    },
    infer: (c) => {
      const [n, channels, h, w] = c.type(0).shape;
      const b = c.attrs.int('blocksize');
      const [rows, columns] = [divDim(h!, b), divDim(w!, b)];
      check(rows !== undefined && columns !== undefined, () => `${h}×${w} does not divide by ${b}`);
      return typed(c, [n!, mulDim(channels!, b * b), rows, columns]);
    },
    gradient: (c) => [depthToSpace(c.dy, c.attrs.int('blocksize'), 'DCR')],
  },
  {
    name: 'Trilu',
    channels: (c) => {
      for (const a of c.in(0).slice(-2)) a.fix();
      return likeFirst(c);
    },
    evaluate: evaluateTrilu,
    infer: (c) => [c.type(0)],
    gradient: (c) => [apply1('Trilu', [c.dy, c.inputs[1]], { upper: c.attrs.int('upper') }), undefined],
  },
  {
    name: 'Shape',
    typeOnly: true,
    channels: independent,
    dims: ({ node, attrs }) => {
      const { shape } = node.inputs[0]!.type;
      return shape.slice(attrs.int('start'), attrs.has('end') ? attrs.int('end') : undefined);
    },
    evaluate: (inputs, attrs) => {
      const { shape } = given(inputs, 0);
      const part = shape.slice(attrs.int('start'), attrs.has('end') ? attrs.int('end') : undefined);
      return [i64([part.length], part)];
    },
    infer: (c) => {
      const { length } = c.type(0).shape;
      const end = c.attrs.has('end') ? c.attrs.int('end') : length;
      return [{ dtype: 'int64', shape: [c.type(0).shape.slice(c.attrs.int('start'), end).length] }];
    },
    gradient: 'stops',
  },
  {
    name: 'ConstantOfShape',
    channels: unrelated,
    dims: ({ attrs, input }) => {
      const value = attrs.tensor('value');
      return dims.repeated(input(0), value ? toNumbers(value)[0] : 0);
    },
    evaluate: evaluateConstantOfShape,
    infer: (c) => [{ dtype: c.attrs.tensor('value')?.dtype ?? 'float32', shape: shapeInput(c, 0) }],
    gradient: 'stops',
  },
  {
    name: 'Range',
    gradient: 'stops',
    channels: unrelated,
    evaluate: evaluateRange,
    infer: (c) => {
      const whole = shapeValue(c.inputs[1])?.[0];
      const ends = [0, 2].map((i) => shapeValue(c.inputs[i])?.[0]);
      // 0, 1, … as many as a dimension that is a symbol.
      if (typeof whole === 'string' && ends[0] === 0 && ends[1] === 1)
        return [{ dtype: c.type(0).dtype, shape: [whole] }];
      const [start, limit, delta] = [0, 1, 2].map((i) => shapeValue(c.inputs[i])?.[0]);
      const known = typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number';
      check(known, 'the range must be known: a constant, or made of the sizes of inputs');
      return [{ dtype: c.type(0).dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
    },
  },
  {
    name: 'EyeLike',
    typeOnly: true,
    channels: unrelated,
    infer: (c) => [c.type(0)],
    gradient: 'stops',
  },
  {
    name: 'Barrier',
    view: 'whole',
    channels: likeFirst,
    domain: 'yosegi',
    // x, but not before `after` exists: keeps recomputed activations from being made early or merged with the first ones.
    infer: (c) => [c.type(0)],
    lower: (c) => {
      const size = apply1('Gather', [
        apply1('Shape', [c.in(1)]),
        constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(0n) }),
      ]);
      const never = apply1('Less', [size, constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(0n) })]);
      return [where(never, 0, c.in(0))];
    },
    gradient: (c) => [c.dy, undefined],
  },
);
