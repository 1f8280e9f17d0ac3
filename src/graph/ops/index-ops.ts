import { check } from '../../base/errors.ts';
import { i64, sizeOf } from '../../base/tensor.ts';
import type { Axis } from '../axes.ts';
import { concat, fullLike, gatherElements, reshape, scatterElements } from '../build.ts';
import { type ChannelContext, fixedAxes, unrelated } from '../channel-context.ts';
import { type Dim, fixed } from '../dim.ts';
import { apply1, type GradientContext, type InferContext, register } from '../op.ts';
import { constant, type TensorType, type Value } from '../value.ts';
import * as dims from './dims.ts';
import {
  evaluateGather,
  evaluateGatherElements,
  evaluateGatherND,
  evaluateScatterElements,
  evaluateScatterND,
} from './host-index.ts';
import { axisOf } from './reduce.ts';

/** Operators that pick or place elements by index. */

const typed = (c: InferContext, shape: readonly Dim[]): TensorType[] => [{ dtype: c.type(0).dtype, shape }];

/** Indices [i…, 1] for ScatterND, which take whole slices along axis 0. */
function rowsOf(indices: Value): Value {
  return reshape(indices, [...indices.type.shape, 1]);
}

function gatherGradient(c: GradientContext): Value {
  const [x, indices] = [c.in(0), c.in(1)];
  const axis = axisOf(c.attrs.int('axis'), x.type.shape.length);
  if (axis === 0) return apply1('ScatterND', [fullLike(x), rowsOf(indices), c.dy], { reduction: 'add' });
  // Bring the axis to the front, add the rows, and bring it back.
  const rank = x.type.shape.length;
  const perm = [axis, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis)];
  const front = apply1('Transpose', [x], { perm });
  const k = indices.type.shape.length;
  const out = c.dy.type.shape.length;
  const dyPerm = [
    ...Array.from({ length: k }, (_, i) => axis + i),
    ...Array.from({ length: out }, (_, i) => i).filter((i) => i < axis || i >= axis + k),
  ];
  const dyFront = apply1('Transpose', [c.dy], { perm: dyPerm });
  const added = apply1('ScatterND', [fullLike(front), rowsOf(indices), dyFront], { reduction: 'add' });
  return apply1('Transpose', [added], { perm: perm.map((_, i) => perm.indexOf(i)) });
}

/** Indices that also say where in each of the leading batch dimensions they are. */
function withBatchIndices(indices: Value, batchDims: number): Value {
  if (batchDims === 0) return indices;
  const shape = indices.type.shape.map((d) => fixed(d, 'a dimension of batched indices'));
  const column = [...shape.slice(0, -1), 1];
  const rows = Array.from({ length: batchDims }, (_, axis) => {
    const inner = shape.slice(axis + 1, -1).reduce((a, b) => a * b, 1);
    return constant(
      i64(
        column,
        Array.from({ length: sizeOf(column) }, (_, i) => Math.floor(i / inner) % shape[axis]!),
      ),
    );
  });
  return concat([...rows, indices], shape.length - 1);
}

/** ScatterND's gradient: dy with the overwritten places cleared (kept when adding), and dy read at the indices. */
type Scatter = GradientContext<'ScatterElements' | 'ScatterND'>;

function scatterGradient<C extends Scatter>(clear: (c: C) => Value, read: (c: C) => Value) {
  return (c: C): (Value | undefined)[] => {
    const reduction = c.attrs.string('reduction');
    check(reduction === 'none' || reduction === 'add', () => `no gradient for reduction '${reduction}'`);
    return [
      c.needs(0) ? (reduction === 'add' ? c.dy : clear(c)) : undefined,
      undefined,
      c.needs(2) ? read(c) : undefined,
    ];
  };
}

/** What is picked by number cannot go, and its places are new; the other dimensions are the table's. */
function picked(c: ChannelContext<'Gather'>): Axis[][] {
  const axes = c.in(0);
  const axis = axisOf(c.attrs.int('axis'), axes.length);
  axes[axis]!.fix();
  for (const a of c.in(1)) a.fix();
  return [[...axes.slice(0, axis), ...fixedAxes(c.node.inputs[1]!.type.shape), ...axes.slice(axis + 1)]];
}

register(
  {
    name: 'Gather',
    view: 'part',
    parameters: ['table'],
    dims: dims.gather,
    channels: picked,
    infer: (c) => {
      const { shape } = c.type(0);
      const axis = axisOf(c.attrs.int('axis'), shape.length);
      return typed(c, [...shape.slice(0, axis), ...c.type(1).shape, ...shape.slice(axis + 1)]);
    },
    gradient: (c) => [gatherGradient(c), undefined],
    evaluate: evaluateGather,
  },
  {
    name: 'GatherElements',
    channels: unrelated,
    infer: (c) => typed(c, c.type(1).shape),
    gradient: (c) => [scatterElements(fullLike(c.in(0)), c.in(1), c.dy, c.attrs.int('axis'), 'add'), undefined],
    evaluate: evaluateGatherElements,
  },
  {
    name: 'ScatterElements',
    channels: unrelated,
    evaluate: evaluateScatterElements,
    infer: (c) => [c.type(0)],
    gradient: scatterGradient(
      (c: GradientContext<'ScatterElements'>) => scatterElements(c.dy, c.in(1), fullLike(c.in(2)), c.attrs.int('axis')),
      (c) => gatherElements(c.dy, c.in(1), c.attrs.int('axis')),
    ),
  },
  {
    name: 'GatherND',
    channels: unrelated,
    evaluate: evaluateGatherND,
    infer: (c) => {
      const [x, indices] = [c.type(0).shape, c.type(1).shape];
      const depth = indices.at(-1);
      check(typeof depth === 'number', 'the last dimension of the indices must be a number');
      return typed(c, [...indices.slice(0, -1), ...x.slice(c.attrs.int('batch_dims') + depth)]);
    },
    gradient: (c) => {
      const whole = withBatchIndices(c.in(1), c.attrs.int('batch_dims'));
      return [apply1('ScatterND', [fullLike(c.in(0)), whole, c.dy], { reduction: 'add' }), undefined];
    },
  },
  {
    name: 'ScatterND',
    channels: unrelated,
    evaluate: evaluateScatterND,
    infer: (c) => [c.type(0)],
    gradient: scatterGradient(
      (c) => apply1('ScatterND', [c.dy, c.in(1), fullLike(c.in(2))]),
      (c) => apply1('GatherND', [c.dy, c.in(1)]),
    ),
  },
);
