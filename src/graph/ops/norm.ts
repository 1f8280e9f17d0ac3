import { check } from '../../base/errors.ts';
import { f32, sizeOf } from '../../base/tensor.ts';
import { type Axis, unify } from '../axes.ts';
import {
  add,
  countAlong,
  div,
  mul,
  neg,
  reciprocal,
  reduceMean,
  reduceSum,
  reshape,
  sqrt,
  sub,
  unbroadcast,
} from '../build.ts';
import { type ChannelContext, fixedAxes, likeFirst } from '../channel-context.ts';
import { type Dim, fixed } from '../dim.ts';
import { apply1, type CostContext, type GradientContext, type InferContext, register } from '../op.ts';
import { constant, type TensorType, type Value } from '../value.ts';
import { axisOf } from './reduce.ts';

/** Normalisations. */

/** A [C] vector that broadcasts over [N, C, …spatial]. */
const perChannel = (v: Value, rank: number) =>
  reshape(v, [1, v.type.shape[0]!, ...Array.from({ length: rank - 2 }, () => 1)]);
const channelAxes = (rank: number) => Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
const inverseStd = (variance: Value, epsilon: number) => reciprocal(sqrt(add(variance, epsilon)));
const elementCost = (each: number) => (c: CostContext) => ({ macs: 0, flops: each * sizeOf(c.inputs[0]!) });

/** dL/dx where g = dL/dx̂ and x̂ = (x − mean)·inv over `axes` (without `centred`, RMS normalisation). */
function normalizedGradient(g: Value, xhat: Value, inv: Value, axes: readonly number[], centred = true): Value {
  const projected = mul(xhat, reduceMean(mul(g, xhat), axes));
  return mul(inv, sub(centred ? sub(g, reduceMean(g, axes)) : g, projected));
}

/** What a batch normalisation subtracts, [1, C, 1, …], and the variance it divides by, [C]. */
function statisticsUsed(c: GradientContext<'BatchNormalization'>): { mean: Value; variance: Value } {
  const x = c.in(0);
  const rank = x.type.shape.length;
  if (c.attrs.int('training_mode') === 0) return { mean: perChannel(c.in(3), rank), variance: c.in(4) };
  // With momentum 0 the running outputs are the batch's own, at no cost.
  if (c.attrs.float('momentum') === 0) return { mean: perChannel(c.outputs[1]!, rank), variance: c.outputs[2]! };
  const axes = channelAxes(rank);
  const mean = reduceMean(x, axes);
  const centred = sub(x, mean);
  return { mean, variance: reduceMean(mul(centred, centred), axes, false) };
}

/**
 * Everything is written in x − mean: sums over x itself would lose what is left when a mean far larger than the spread goes.
 * A mean in float32 is off by a part of that spread as well; what remains of it is measured (`rest`) and taken off.
 */
function batchNormGradient(c: GradientContext<'BatchNormalization'>): (Value | undefined)[] {
  const [x, scale] = [c.in(0), c.in(1)];
  const rank = x.type.shape.length;
  const axes = channelAxes(rank);
  const training = c.attrs.int('training_mode') === 1;
  const { mean, variance } = statisticsUsed(c);
  const inv = inverseStd(variance, c.attrs.float('epsilon'));
  const a = mul(scale, inv);
  const straight = () => mul(c.dy, perChannel(a, rank));
  if (!training && !c.needs(1)) {
    return [c.needs(0) ? straight() : undefined, undefined, c.needs(2) ? reduceSum(c.dy, axes, false) : undefined];
  }
  const centred = sub(x, mean);
  const sumDy = reduceSum(c.dy, axes, false);
  const sumDyX = reduceSum(mul(c.dy, centred), axes, false);
  const rest = training ? reduceMean(centred, axes, false) : undefined;
  const dScale = mul(inv, rest ? sub(sumDyX, mul(rest, sumDy)) : sumDyX);
  let dx: Value | undefined;
  if (c.needs(0)) {
    dx = straight();
    if (rest) {
      // dx = a·dy + b·(x − mean) + d with one a, b, d for each channel.
      const n = countAlong(x, axes);
      const b = neg(div(mul(mul(a, inv), dScale), n));
      const d = neg(add(mul(b, rest), div(mul(a, sumDy), n)));
      dx = add(dx, add(mul(centred, perChannel(b, rank)), perChannel(d, rank)));
    }
  }
  return [dx, c.needs(1) ? dScale : undefined, c.needs(2) ? sumDy : undefined];
}

/** Gradients of y = x̂ · scale + bias from dL/dy; `affine` reshapes a parameter so that it broadcasts. */
function affineGradients(
  c: GradientContext,
  xhat: Value,
  affine: (v: Value) => Value,
  toInput: (g: Value) => Value,
): (Value | undefined)[] {
  const scale = affine(c.in(1));
  const shaped = (v: Value, i: number) => reshape(unbroadcast(v, affine(c.in(i))), c.in(i).type.shape);
  return [
    c.needs(0) ? toInput(mul(c.dy, scale)) : undefined,
    c.needs(1) ? shaped(mul(c.dy, xhat), 1) : undefined,
    c.inputs[2] && c.needs(2) ? shaped(c.dy, 2) : undefined,
  ];
}

type Rowwise = 'LayerNormalization' | 'RMSNormalization';

function trailingAxes(c: InferContext<Rowwise>): number[] {
  const rank = c.type(0).shape.length;
  const first = axisOf(c.attrs.int('axis'), rank);
  return Array.from({ length: rank - first }, (_, i) => first + i);
}

const statistics = (x: TensorType, axes: readonly number[]): TensorType => ({
  dtype: 'float32',
  shape: x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
});

/** Mean and deviation are measured over the last dimensions, which scale and bias have too. */
function rowwiseAxes(c: ChannelContext<Rowwise>): (readonly Axis[])[] {
  const axes = c.in(0);
  const first = axisOf(c.attrs.int('axis'), axes.length);
  for (const a of axes.slice(first)) a.measure();
  for (const i of [1, 2]) {
    c.in(i).forEach((a, k, { length }) => {
      unify(a, axes.at(k - length)!);
    });
  }
  // Of the statistics only the first dimensions are more than one element, and nobody but a gradient reads them.
  return c.node.outputs.map((_, k) => (k === 0 ? axes : fixedAxes(c.node.outputs[k]!.type.shape)));
}

register(
  {
    name: 'BatchNormalization',
    complete: true,
    parameters: [undefined, 'scale', 'bias', 'mean', 'variance'],
    channels: (c) => {
      const channels = c.in(0)[1]!;
      for (const i of [1, 2, 3, 4]) unify(channels, c.in(i)[0]!);
      return [c.in(0), [channels], [channels]].slice(0, c.node.outputs.length);
    },
    infer: (c) => {
      const x = c.type(0);
      for (let i = 1; i <= 4; i++) {
        check(
          c.type(i).shape[0] === x.shape[1],
          () => `input ${i} has ${c.type(i).shape[0]} channels, the data ${x.shape[1]}`,
        );
      }
      const channel = { dtype: x.dtype, shape: [x.shape[1]!] };
      return c.attrs.int('training_mode') === 1 ? [x, channel, channel] : [x];
    },
    cost: elementCost(2),
    gradient: batchNormGradient,
  },
  {
    name: 'LayerNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale', 'bias'],
    channels: rowwiseAxes,
    infer: (c) => {
      const stats = statistics(c.type(0), trailingAxes(c));
      return [c.type(0), stats, stats];
    },
    cost: elementCost(8),
    gradient: (c) => {
      const axes = trailingAxes(c);
      const xhat = mul(sub(c.in(0), c.outputs[1]!), c.outputs[2]!);
      return affineGradients(
        c,
        xhat,
        (v) => v,
        (g) => normalizedGradient(g, xhat, c.outputs[2]!, axes),
      );
    },
  },
  {
    name: 'RMSNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale'],
    channels: rowwiseAxes,
    opset: 23,
    infer: (c) => [c.type(0)],
    cost: elementCost(5),
    lower: (c) => {
      const x = c.in(0);
      return [mul(mul(x, inverseStd(reduceMean(mul(x, x), trailingAxes(c)), c.attrs.float('epsilon'))), c.in(1))];
    },
    gradient: (c) => {
      const [x, axes] = [c.in(0), trailingAxes(c)];
      const inv = inverseStd(reduceMean(mul(x, x), axes), c.attrs.float('epsilon'));
      const xhat = mul(x, inv);
      return affineGradients(
        c,
        xhat,
        (v) => v,
        (g) => normalizedGradient(g, xhat, inv, axes, false),
      );
    },
  },
  {
    name: 'InstanceNormalization',
    parameters: [undefined, 'scale', 'bias'],
    channels: (c) => {
      const channels = c.in(0)[1]!;
      for (const i of [1, 2]) unify(channels, c.in(i)[0]!);
      return likeFirst(c);
    },
    infer: (c) => [c.type(0)],
    cost: elementCost(8),
    gradient: (c) => groupedGradient(c, fixed(c.type(0).shape[1], 'the number of channels')),
  },
  {
    name: 'GroupNormalization',
    writtenOut: true,
    parameters: [undefined, 'scale', 'bias'],
    channels: (c) => {
      const channels = c.in(0)[1]!;
      for (const i of [1, 2]) unify(channels, c.in(i)[0]!);
      const groups = c.attrs.int('num_groups');
      const [group, within] = channels.factor([groups, channels.size! / groups]);
      within!.measure();
      c.resized((size) => ({ attrs: { num_groups: groups === 1 ? 1 : size(group!) } }));
      return likeFirst(c);
    },
    opset: 21,
    unprinted:
      'ONNX Runtime takes the variance as E[x²] − E[x]², which is NaN where the mean is large against the spread',
    infer: (c) => {
      const channels = fixed(c.type(0).shape[1], 'the number of channels');
      const groups = c.attrs.int('num_groups');
      check(channels % groups === 0, () => `${channels} channels do not divide into ${groups} groups`);
      return [c.type(0)];
    },
    cost: elementCost(8),
    // Instance normalisation over groups, then a scale and bias for each channel.
    lower: (c) => {
      const x = c.in(0);
      const rank = x.type.shape.length;
      const groups = c.attrs.int('num_groups');
      const ones = constant(f32([groups], new Float32Array(groups).fill(1)));
      const zeros = constant(f32([groups]));
      const grouped = reshape(x, groupedShape(x.type.shape, groups));
      const normal = apply1('InstanceNormalization', [grouped, ones, zeros], { epsilon: c.attrs.float('epsilon') });
      return [add(mul(reshape(normal, x.type.shape), perChannel(c.in(1), rank)), perChannel(c.in(2), rank))];
    },
    gradient: (c) => groupedGradient(c, c.attrs.int('num_groups')),
  },
);

function groupedShape(shape: readonly Dim[], groups: number): Dim[] {
  const rest = shape.slice(2).reduce<number>((n, d) => n * fixed(d, 'a spatial dimension'), 1);
  return [shape[0]!, groups, (fixed(shape[1], 'the number of channels') / groups) * rest];
}

function groupedGradient(
  c: GradientContext<'InstanceNormalization' | 'GroupNormalization'>,
  groups: number,
): (Value | undefined)[] {
  const { shape } = c.type(0);
  const grouped = groupedShape(shape, groups);
  const x = reshape(c.in(0), grouped);
  // Twice: a mean in float32 is off by a part of a spread that is far smaller.
  const once = sub(x, reduceMean(x, [2]));
  const centred = sub(once, reduceMean(once, [2]));
  const inv = inverseStd(reduceMean(mul(centred, centred), [2]), c.attrs.float('epsilon'));
  const xhat = mul(centred, inv);
  return affineGradients(
    c,
    reshape(xhat, shape),
    (v) => perChannel(v, shape.length),
    (g) => reshape(normalizedGradient(reshape(g, grouped), xhat, inv, [2]), shape),
  );
}
