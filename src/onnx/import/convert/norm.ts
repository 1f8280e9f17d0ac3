import { check } from '../../../base/errors.ts';
import { f32 } from '../../../base/tensor.ts';
import { add, div, ints, mul, pow, reduceMean, reshape, sqrt, sub } from '../../../graph/build.ts';
import { fixed, productOf } from '../../../graph/dim.ts';
import { type Attributes, constant, type Value } from '../../../graph/value.ts';
import { type Call, type Converter, input, make1 } from '../call.ts';
import { reshapeTo } from '../reshape.ts';
import { ownAttributes } from './direct.ts';

/** Normalisations: older forms, and those put in terms of others. */

/** A vector of one number for each group as one for each channel. */
function perChannel(c: Call, v: Value, channels: number): Value {
  const groups = fixed(v.type.shape[0], 'the number of groups');
  if (groups === channels) return v;
  check(channels % groups === 0, () => `${channels} channels do not divide into ${groups} groups`);
  const column = make1(c, 'Reshape', [v, ints([groups, 1])]);
  const wide = make1(c, 'Expand', [column, ints([groups, channels / groups])]);
  return make1(c, 'Reshape', [wide, ints([channels])]);
}

/**
 * Weights, standardised by their own mean and variance: PyTorch writes `batch_norm(weight, …, training=True)` so. The running
 * statistics that the operator asks for are nobody's, whatever the file has in their places.
 */
function standardised(c: Call, attrs: Attributes): Value {
  const channels = fixed(input(c, 1).type.shape[0], 'the number of channels');
  const [mean, variance] = [0, 1].map((v) => constant(f32([channels], new Float32Array(channels).fill(v))));
  return make1(c, 'BatchNormalization', [...c.inputs.slice(0, 3), mean, variance], attrs);
}

export const norms: Record<string, Converter> = {
  BatchNormalization: (c) => {
    check(c.attrs.int('spatial', 1) === 1, 'statistics for every pixel (spatial 0) are not supported');
    const attrs = ownAttributes(c);
    const standardises = attrs.training_mode === 1 && c.isStill(input(c, 0));
    if (standardises) return [standardised(c, attrs)];
    // For training, the training form decides how statistics are taken: the file's own mode is set aside.
    if (c.training || attrs.training_mode === 0) delete attrs.training_mode;
    const outputs = c.make('BatchNormalization', c.inputs, attrs);
    return c.outputs.length > 1 && c.training ? [outputs[0], c.inputs[3], c.inputs[4]] : outputs;
  },
  // To opset 20, scale and bias were given for each group.
  GroupNormalization: (c) => {
    const x = input(c, 0);
    const channels = fixed(x.type.shape[1], 'the number of channels');
    const [scale, bias] = [1, 2].map((i) => (c.opset < 21 ? perChannel(c, input(c, i), channels) : input(c, i)));
    return c.make('GroupNormalization', [x, scale, bias], ownAttributes(c));
  },
  SimplifiedLayerNormalization: (c) => c.make('RMSNormalization', c.inputs, ownAttributes(c, 'RMSNormalization')),
  LpNormalization: (c) => {
    const p = c.attrs.int('p', 2);
    check(p === 1 || p === 2, () => `the norm of order ${p} is not supported`);
    const axes = ints([c.attrs.int('axis', -1)]);
    return [div(input(c, 0), make1(c, `ReduceL${p}`, [input(c, 0), axes]))];
  },
  MeanVarianceNormalization: (c) => {
    const x = input(c, 0);
    const axes = c.attrs.ints('axes') ?? [0, 2, 3];
    const mean = reduceMean(x, axes);
    const variance = sub(reduceMean(mul(x, x), axes), mul(mean, mean));
    return [div(sub(x, mean), add(sqrt(variance), 1e-9))];
  },
  // x / (bias + alpha · mean of squares over `size` neighbouring channels) ^ beta
  LRN: (c) => {
    const x = input(c, 0);
    const { shape } = x.type;
    const size = c.attrs.int('size', 1);
    const [alpha, beta, bias] = [c.attrs.float('alpha', 1e-4), c.attrs.float('beta', 0.75), c.attrs.float('bias', 1)];
    check(shape.length >= 3 && size >= 1, 'it needs [N, C, …] and a size of at least 1');
    const squares = reshape(mul(x, x), [shape[0]!, 1, shape[1]!, productOf(shape.slice(2))]);
    const before = Math.floor((size - 1) / 2);
    const window = { kernel_shape: [size, 1], pads: [before, 0, size - 1 - before, 0], count_include_pad: 1 };
    const mean = reshapeTo(c, make1(c, 'AveragePool', [squares], window), shape);
    return [div(x, pow(add(mul(mean, alpha), bias), beta))];
  },
};
