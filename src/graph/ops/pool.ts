import { check } from '../../base/errors.ts';
import { f32, sizeOf } from '../../base/tensor.ts';
import type { Axis } from '../axes.ts';
import {
  cast,
  convTranspose,
  div,
  equal,
  expandLike,
  fullLike,
  mul,
  reduceSum,
  reshape,
  scatterElements,
} from '../build.ts';
import { type ChannelContext, fixedAxes } from '../channel-context.ts';
import { fixed, mulDim, productOf } from '../dim.ts';
import { apply1, type CostContext, type GradientContext, type InferContext, type OpRecord, register } from '../op.ts';
import { constant, type TensorType, type Value } from '../value.ts';
import { readWindow, type Window, windowOutput } from './spatial.ts';

/** Pooling. */

type Pool = 'AveragePool' | 'MaxPool';

function windowOf(c: InferContext<Pool>): Window {
  const kernel = c.attrs.ints('kernel_shape');
  check(kernel, 'kernel_shape is missing');
  return readWindow(c.attrs, kernel, c.type(0).shape.slice(2));
}

function pooledType(c: InferContext<Pool>): TensorType {
  const { dtype, shape } = c.type(0);
  const w = windowOf(c);
  const spatial = shape.slice(2).map((d, i) => windowOutput(d, w, i, c.attrs.int('ceil_mode') === 1));
  return { dtype, shape: [...shape.slice(0, 2), ...spatial] };
}

/** Ones over the padded window: how many real pixels each output averages, [1, 1, …out]. */
function counts(sizes: readonly number[], out: readonly number[], w: Window, includePad: boolean): Float32Array {
  const perAxis = out.map((length, i) =>
    Array.from({ length }, (_, o) => {
      let n = 0;
      for (let k = 0; k < w.kernel[i]!; k++) {
        const at = o * w.strides[i]! - w.begin[i]! + k * w.dilations[i]!;
        const [low, high] = includePad ? [-w.begin[i]!, sizes[i]! + w.end[i]!] : [0, sizes[i]!];
        if (at >= low && at < high) n++;
      }
      return n;
    }),
  );
  return Float32Array.from(perAxis.reduce((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]));
}

function averageGradient(c: GradientContext<'AveragePool'>): Value[] {
  const [x, w] = [c.in(0), windowOf(c)];
  const spatial = x.type.shape.slice(2).map((d) => fixed(d, 'a spatial dimension'));
  const out = c.dy.type.shape.slice(2).map((d) => fixed(d, 'a spatial dimension'));
  const [n, channels] = x.type.shape;
  const plain = w.kernel.every((k, i) => k === w.strides[i] && w.dilations[i] === 1 && out[i]! * k === spatial[i]);
  if (plain) {
    // Windows tile the input: every pixel gets its window's share.
    const scales = constant(f32([x.type.shape.length], [1, 1, ...w.kernel]));
    const attrs = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' } as const;
    return [apply1('Resize', [mul(c.dy, 1 / sizeOf(w.kernel)), undefined, scales], attrs)];
  }
  const count = constant(f32([1, 1, ...out], counts(spatial, out, w, c.attrs.int('count_include_pad') === 1)));
  const rows = reshape(div(c.dy, count), [mulDim(n!, channels!), 1, ...out]);
  const ones = constant(f32([1, 1, ...w.kernel], new Float32Array(sizeOf(w.kernel)).fill(1)));
  const output_padding = spatial.map(
    (s, i) => s - ((out[i]! - 1) * w.strides[i]! + (w.kernel[i]! - 1) * w.dilations[i]! + 1 - w.begin[i]! - w.end[i]!),
  );
  // With ceil_mode the last window may reach past the end padding: crop there instead of padding.
  const pads = [...w.begin, ...w.end.map((e, i) => e + Math.max(0, -output_padding[i]!))];
  const dx = convTranspose(rows, ones, undefined, {
    strides: w.strides,
    dilations: w.dilations,
    pads,
    output_padding: output_padding.map((p) => Math.max(0, p)),
  });
  return [reshape(dx, x.type.shape)];
}

/** Channels stay; what happens to places is no matter of single ones. */
function perChannel(c: ChannelContext): Axis[][] {
  const [n, channels, ...places] = c.in(0);
  for (const a of places) a.fix();
  return c.node.outputs.map((y) => [n!, channels!, ...fixedAxes(y.type.shape.slice(2))]);
}

const windowCost = (c: CostContext<Pool>) => ({
  macs: 0,
  flops: sizeOf(c.outputs[0]!) * sizeOf(c.attrs.ints('kernel_shape') ?? [1]),
});

register(
  {
    name: 'AveragePool',
    pools: true,
    steady: true,
    channels: perChannel,
    infer: (c) => [pooledType(c)],
    cost: windowCost,
    gradient: averageGradient,
  },
  {
    name: 'MaxPool',
    pools: true,
    steady: true,
    // Which element won, which the gradient asks for.
    offGpu: (_, used) => used(1),
    channels: perChannel,
    infer: (c) => {
      const type = pooledType(c);
      return [type, { dtype: 'int64', shape: type.shape }];
    },
    cost: windowCost,
    // The second output says which element of the whole input won: put the gradient there.
    gradient: (c) => {
      const [x, indices] = [c.in(0), c.outputs[1]!];
      const zeros = reshape(fullLike(x), [productOf(x.type.shape)]);
      const flat = [productOf(c.dy.type.shape)];
      return [reshape(scatterElements(zeros, reshape(indices, flat), reshape(c.dy, flat), 0, 'add'), x.type.shape)];
    },
  },
  globalPool('GlobalAveragePool', (c) => {
    const pixels = c
      .type(0)
      .shape.slice(2)
      .map((d) => fixed(d, 'a spatial dimension'));
    return expandLike(mul(c.dy, 1 / sizeOf(pixels)), c.in(0));
  }),
  globalPool('GlobalMaxPool', (c) => {
    const hit = cast(equal(c.in(0), c.outputs[0]!), 'float32');
    const axes = c
      .type(0)
      .shape.slice(2)
      .map((_, i) => i + 2);
    return mul(hit, div(c.dy, reduceSum(hit, axes)));
  }),
);

type GlobalPool = 'GlobalAveragePool' | 'GlobalMaxPool';

type GlobalGradient = (c: GradientContext<GlobalPool>) => Value;

function globalPool<K extends GlobalPool>(name: K, gradient: GlobalGradient): OpRecord<K>;
function globalPool(name: GlobalPool, gradient: GlobalGradient): OpRecord<GlobalPool> {
  return {
    name,
    pools: true,
    steady: true,
    channels: perChannel,
    infer: (c) => {
      const { dtype, shape } = c.type(0);
      return [{ dtype, shape: [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)] }];
    },
    cost: (c) => ({ macs: 0, flops: sizeOf(c.inputs[0]!) }),
    gradient: (c) => [gradient(c)],
  };
}
