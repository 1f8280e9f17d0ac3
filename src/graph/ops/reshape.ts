import { check } from '../../base/errors.ts';
import { reshape, transpose } from '../build.ts';
import { reshapedAxes } from '../channel-context.ts';
import { type Dim, divDim, opaque, productOf } from '../dim.ts';
import { type InferContext, type OpRecord, register } from '../op.ts';
import * as dims from './dims.ts';
import { evaluateReshaped, evaluateTranspose } from './host-layout.ts';
import { integers, resizedTarget, shapeInput, typed } from './known.ts';
import { axisOf } from './reduce.ts';

/** Operators that give the same elements another shape or order. */

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

function squeezedAxes(c: InferContext): number[] {
  const { shape } = c.type(0);
  return (integers(c, 1, 'axes') ?? shape.flatMap((d, i) => (d === 1 ? [i] : []))).map((a) => axisOf(a, shape.length));
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
);
