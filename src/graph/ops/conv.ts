import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { type Axis, productAxis, unify } from '../axes.ts';
import { conv, given, reduceSum } from '../build.ts';
import { type ChannelContext, fixedAxes, unrelated } from '../channel-context.ts';
import { type Dim, fixed, opaque } from '../dim.ts';
import { type GradientContext, type InferContext, register } from '../op.ts';
import type { Value } from '../value.ts';
import type { ConvGeometry } from './conv-columns.ts';
import { convInputGradient, convWeightGradient } from './conv-gradient.ts';
import { depthwiseWeightGradientByTaps } from './conv-weight-gradient.ts';
import { padsOf, readWindow, windowOutput } from './spatial.ts';

/** Convolution and transposed convolution over any number of spatial dimensions, grouped, strided, dilated, padded. */

type Convolution = 'Conv' | 'ConvTranspose' | 'NchwcConv';

export function geometry(c: InferContext<Convolution>): ConvGeometry {
  const kernel = c
    .type(1)
    .shape.slice(2)
    .map((d) => fixed(d, 'a kernel dimension'));
  const declared = c.attrs.ints('kernel_shape');
  check(
    !declared || declared.join() === kernel.join(),
    () => `kernel_shape is [${declared}], the weight has [${kernel}]`,
  );
  return { ...readWindow(c.attrs, kernel, c.type(0).shape.slice(2)), group: c.attrs.int('group') };
}

function checkOperands(c: InferContext): void {
  const [x, w] = [c.type(0), c.type(1)];
  check(
    x.shape.length >= 3 && x.shape.length === w.shape.length,
    () => `the input has rank ${x.shape.length}, the weight ${w.shape.length}`,
  );
  check(x.dtype === w.dtype, () => `the input is ${x.dtype}, the weight ${w.dtype}`);
}

const biasGradient = (c: GradientContext): Value | undefined => {
  if (!c.inputs[2] || !c.needs(2)) return undefined;
  return reduceSum(c.dy, [0, ...c.dy.type.shape.slice(2).map((_, i) => i + 2)], false);
};

const withBias = (macs: number, outputs: readonly number[], bias: unknown) => ({
  macs,
  flops: 2 * macs + (bias ? sizeOf(outputs) : 0),
});

/**
 * In a convolution all outputs are made of all inputs: those of the weight's dimensions are the input's and the output's channels. In
 * groups each has its own, but the same ones: whole groups are one axis, the places within a group two others.
 */
function convolvedAxes(c: ChannelContext<'Conv'>): Axis[] {
  const [x, w, bias] = [c.in(0), c.in(1), c.in(2)];
  const outputs = w[0]!;
  const inputs = groupedInputs(c, x[1]!, w[0]!, w[1]!);
  c.resized((size) => ({ attrs: { group: inputs ? size(inputs) : 1 } }));
  if (bias[0]) unify(bias[0], outputs);
  return [x[0]!, outputs, ...places(c)];
}

function transposedAxes(c: ChannelContext<'ConvTranspose'>): Axis[] {
  const [x, w, bias] = [c.in(0), c.in(1), c.in(2)];
  unify(x[1]!, w[0]!);
  const group = c.attrs.int('group');
  const [groups] = group === 1 ? [] : w[0]!.factor([group, w[0]!.size! / group]);
  const outputs = groups ? productAxis([groups, w[1]!]) : w[1]!;
  c.resized((size) => ({ attrs: { group: groups ? size(groups) : 1 } }));
  if (bias[0]) unify(bias[0], outputs);
  return [x[0]!, outputs, ...places(c)];
}

/** Joins a weight [O, C/group, …] to an input; gives the groups as an axis, if there are some. */
function groupedInputs(c: ChannelContext<'Conv'>, channels: Axis, outputs: Axis, each: Axis): Axis | undefined {
  const group = c.attrs.int('group');
  if (group === 1) {
    unify(channels, each);
    return undefined;
  }
  const [groups, inside] = channels.factor([group, channels.size! / group]);
  unify(groups!, outputs.factor([group, outputs.size! / group])[0]!);
  if (each.size !== 1) unify(inside!, each);
  return groups;
}

/** Places in the kernel and in the pictures are no matter of single ones. */
function places(c: ChannelContext): Axis[] {
  for (const a of [...c.in(0).slice(2), ...c.in(1).slice(2)]) a.fix();
  return fixedAxes(c.node.outputs[0]!.type.shape.slice(2));
}

register({
  name: 'Conv',
  parameters: [undefined, 'weight', 'bias'],
  channels: (c) => [convolvedAxes(c)],
  infer: (c) => {
    checkOperands(c);
    const [x, w] = [c.type(0), c.type(1)];
    const g = geometry(c);
    const outputs = fixed(w.shape[0], 'the number of output channels');
    check(
      x.shape[1] === fixed(w.shape[1], 'the input channels of the weight') * g.group,
      () => `the input has ${x.shape[1]} channels, the weight wants ${w.shape[1]} × ${g.group} group(s)`,
    );
    check(outputs % g.group === 0, () => `${outputs} output channels do not divide into ${g.group} groups`);
    const spatial = x.shape.slice(2).map((d, i) => windowOutput(d, g, i));
    return [{ dtype: x.dtype, shape: [x.shape[0]!, outputs, ...spatial] }];
  },
  cost: (c) => withBias(sizeOf(c.outputs[0]!) * sizeOf(c.inputs[1]!.slice(1)), c.outputs[0]!, c.inputs[2]),
  gradient: (c) => {
    const g = geometry(c);
    return [
      c.needs(0) ? convInputGradient(c.dy, c.in(1), c.in(0), g) : undefined,
      c.needs(1) ? convWeightGradient(c.in(0), c.dy, g, c.type(1).shape) : undefined,
      biasGradient(c),
    ];
  },
});

/** Kept whole until a runtime is chosen: one with blocked convolutions has a far better form than the sum over taps. */
register({
  name: 'DepthwiseWeightGradient',
  gradient: 'none',
  channels: unrelated,
  domain: 'yosegi',
  infer: (c) => {
    const [x, dy] = [c.type(0), c.type(1)];
    check(x.shape[1] === dy.shape[1], () => `the input has ${x.shape[1]} channels, the gradient ${dy.shape[1]}`);
    return [{ dtype: x.dtype, shape: [dy.shape[1]!, 1, ...depthwiseWindow(c).kernel] }];
  },
  cost: (c) => {
    const macs = sizeOf(c.inputs[1]!) * sizeOf(c.outputs[0]!.slice(2));
    return { macs, flops: 2 * macs };
  },
  lower: (c) => [depthwiseWeightGradientByTaps(c.in(0), c.in(1), depthwiseWindow(c), c.outputs[0]!.type.shape)],
});

/** The window of a DepthwiseWeightGradient. */
export function depthwiseWindow(c: InferContext<'DepthwiseWeightGradient'>): ConvGeometry {
  const x = c.type(0);
  return {
    ...readWindow(c.attrs, c.attrs.ints('kernel_shape') ?? [], x.shape.slice(2)),
    group: fixed(x.shape[1], 'channels'),
  };
}

function transposedOutput(size: Dim, g: ConvGeometry, i: number, extra: number): Dim {
  const reach = (g.kernel[i]! - 1) * g.dilations[i]! + 1;
  if (typeof size === 'string') return opaque(`(${size}-1)*${g.strides[i]}+${reach + extra - g.begin[i]! - g.end[i]!}`);
  return (size - 1) * g.strides[i]! + reach + extra - g.begin[i]! - g.end[i]!;
}

register({
  name: 'ConvTranspose',
  // Several channels of a group become one: WebGPU takes the wrong ones.
  offGpu: (c) => c.attrs.int('group') > 1 && c.type(1).shape[1] === 1 && c.type(0).shape[1] !== c.attrs.int('group'),
  parameters: [undefined, 'weight', 'bias'],
  channels: (c) => [transposedAxes(c)],
  infer: (c) => {
    checkOperands(c);
    check(
      !c.attrs.has('output_shape') && c.attrs.string('auto_pad') === 'NOTSET',
      'output_shape and auto_pad are not supported; give pads',
    );
    const [x, w] = [c.type(0), c.type(1)];
    const g = geometry(c);
    check(x.shape[1] === w.shape[0], () => `the input has ${x.shape[1]} channels, the weight wants ${w.shape[0]}`);
    const extra = c.attrs.ints('output_padding') ?? g.kernel.map(() => 0);
    const spatial = x.shape.slice(2).map((d, i) => transposedOutput(d, g, i, extra[i]!));
    return [{ dtype: x.dtype, shape: [x.shape[0]!, fixed(w.shape[1], 'channels') * g.group, ...spatial] }];
  },
  cost: (c) => withBias(sizeOf(c.inputs[0]!) * sizeOf(c.inputs[1]!.slice(1)), c.outputs[0]!, c.inputs[2]),
  gradient: (c) => {
    const g = geometry(c);
    const { strides, dilations, group } = g;
    const options = given({ strides, dilations, group, pads: padsOf(g) });
    // y = convᵀ(x, w) means x's gradient is conv(dy, w), and w's is that convolution's weight gradient with roles exchanged.
    return [
      c.needs(0) ? conv(c.dy, c.in(1), undefined, options) : undefined,
      c.needs(1) ? convWeightGradient(c.dy, c.in(0), g, c.type(1).shape) : undefined,
      biasGradient(c),
    ];
  },
});
