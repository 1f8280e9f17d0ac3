import { check } from '../../base/errors.ts';
import { f32 } from '../../base/tensor.ts';
import { unify } from '../axes.ts';
import { add, countAlong, div, matmulT, mul, neg, reduceMean, reduceSum, reshape, sub } from '../build.ts';
import { fixed, productOf } from '../dim.ts';
import { apply1, type GradientContext, register } from '../op.ts';
import { constant, type Value } from '../value.ts';
import { elementCost, inverseStd, perChannel } from './norm.ts';

const channelAxes = (rank: number) => Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);

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
  const sumDyX = sumOfProducts(c.dy, centred, axes);
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
      dx = add(dx, affine(centred, b, d));
    }
  }
  return [dx, c.needs(1) ? dScale : undefined, c.needs(2) ? sumDy : undefined];
}

/** b·x + d with one b and d for each channel, in one pass: a normalisation with the mean 0 and the variance 1. */
function affine(x: Value, b: Value, d: Value): Value {
  const channels = fixed(x.type.shape[1], 'channels');
  const [zeros, ones] = [0, 1].map((v) => constant(f32([channels], new Float32Array(channels).fill(v))));
  return apply1('BatchNormalization', [x, b, d, zeros, ones], { epsilon: 0 });
}

/** From so many places on, products that are summed at once beat a map of products, which is written and read again (measured at 196 and 784). */
const LARGE_MAP = 784;

/** Sums over all but the channels of x · y, [C]. */
function sumOfProducts(x: Value, y: Value, axes: readonly number[]): Value {
  const [n, channels] = x.type.shape;
  const places = productOf(x.type.shape.slice(2));
  if (typeof places !== 'number' || places < LARGE_MAP) return reduceSum(mul(x, y), axes, false);
  const rows = (v: Value) => reshape(v, [n!, channels!, 1, places]);
  return reduceSum(matmulT(rows(x), rows(y), { transB: true }), [0, 2, 3], false);
}

/** In training, out of means and sums; the running statistics follow the batch's as ONNX has it. */
function batchNormForm(c: GradientContext<'BatchNormalization'>): Value[] {
  const x = c.in(0);
  const rank = x.type.shape.length;
  const axes = channelAxes(rank);
  const centred = sub(x, reduceMean(x, axes));
  const mean = reduceMean(x, axes, false);
  const variance = reduceMean(mul(centred, centred), axes, false);
  const scale = mul(c.in(1), inverseStd(variance, c.attrs.float('epsilon')));
  const y = add(mul(centred, perChannel(scale, rank)), perChannel(c.in(2), rank));
  const momentum = c.attrs.float('momentum');
  const follow = (running: Value, batch: Value) =>
    momentum === 0 ? batch : add(mul(running, momentum), mul(batch, 1 - momentum));
  return [y, follow(c.in(3), mean), follow(c.in(4), variance)];
}

register({
  name: 'BatchNormalization',
  complete: true,
  offGpu: (c) => c.attrs.int('training_mode') === 1,
  lower: batchNormForm,
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
});
