import { check } from '../../base/errors.ts';
import { Axis, sumAxis, unify } from '../axes.ts';
import { concat, ints, split } from '../build.ts';
import { type ChannelContext, unrelated } from '../channel-context.ts';
import { addDim, type Dim, fixed } from '../dim.ts';
import { apply1, type InferContext, register } from '../op.ts';
import * as dims from './dims.ts';
import { given, hostContext } from './host.ts';
import { evaluateConcat, splitBy } from './host-layout.ts';
import { integers, typed } from './known.ts';
import { axisOf } from './reduce.ts';

/** Concat and Split: parts along a dimension. */

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

register(
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
);
