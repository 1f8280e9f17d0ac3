import { check } from '../../base/errors.ts';
import { sizeOf } from '../../base/tensor.ts';
import { conv, given, reduceSum } from '../build.ts';
import { type Dim, fixed, opaque } from '../dim.ts';
import { type GradientContext, type InferContext, register } from '../op.ts';
import type { Value } from '../value.ts';
import { type ConvGeometry, convInputGradient, convWeightGradient, weightGradientByTaps } from './conv-gradient.ts';
import { padsOf, readWindow, windowAttrs, windowOutput } from './spatial.ts';

/** Convolution and transposed convolution over any number of spatial dimensions, grouped, strided, dilated, padded. */

export function geometry(c: InferContext): ConvGeometry {
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

register({
  name: 'Conv',
  attrs: { ...windowAttrs, group: { type: 'int', default: 1 } },
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
  domain: 'yosegi',
  attrs: windowAttrs,
  infer: (c) => {
    const [x, dy] = [c.type(0), c.type(1)];
    check(x.shape[1] === dy.shape[1], () => `the input has ${x.shape[1]} channels, the gradient ${dy.shape[1]}`);
    return [{ dtype: x.dtype, shape: [dy.shape[1]!, 1, ...depthwiseWindow(c).kernel] }];
  },
  cost: (c) => {
    const macs = sizeOf(c.inputs[1]!) * sizeOf(c.outputs[0]!.slice(2));
    return { macs, flops: 2 * macs };
  },
  lower: (c) => [weightGradientByTaps(c.in(0), c.in(1), depthwiseWindow(c), c.outputs[0]!.type.shape)],
});

/** The window of a DepthwiseWeightGradient. */
export function depthwiseWindow(c: InferContext): ConvGeometry {
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
  attrs: {
    ...windowAttrs,
    group: { type: 'int', default: 1 },
    output_padding: { type: 'ints' },
    output_shape: { type: 'ints' },
  },
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
