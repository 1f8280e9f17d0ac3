import { f32, type Tensor } from '../base/tensor.ts';

/**
 * A first convolution's weight [O, I, kH, kW] for another number of input channels, as timm does it (`adapt_input_conv`): one
 * channel gets the sum; more are the stored ones over and over, scaled so that a grey picture gives what it gave.
 * Undefined where anything but I differs.
 */
export function adaptChannels(stored: Tensor<'float32'>, shape: readonly number[]): Tensor<'float32'> | undefined {
  const [outputs, from, ...kernel] = stored.shape;
  const [wanted, to, ...kernelTo] = shape;
  if (stored.shape.length !== 4 || shape.length !== 4 || outputs !== wanted || kernel.join() !== kernelTo.join())
    return;
  if (!from || !to) return;
  const out = f32(shape);
  const area = kernel[0]! * kernel[1]!;
  for (let o = 0; o < outputs!; o++) {
    for (let k = 0; k < area; k++) {
      const at = (i: number) => stored.data[(o * from + i) * area + k]!;
      if (to === 1) {
        let sum = 0;
        for (let i = 0; i < from; i++) sum += at(i);
        out.data[o * area + k] = sum;
      } else {
        for (let i = 0; i < to; i++) out.data[(o * to + i) * area + k] = (at(i % from) * from) / to;
      }
    }
  }
  return out;
}

/** The stored numbers in a shape that differs in trailing ones only: a 1×1 convolution's weight and a linear layer's. */
export function reshaped(stored: Tensor<'float32'>, shape: readonly number[]): Tensor<'float32'> | undefined {
  return bare(stored.shape) === bare(shape) ? f32(shape, stored.data) : undefined;
}

function bare(shape: readonly number[]): string {
  const last = shape.findLastIndex((n) => n !== 1);
  return shape.slice(0, last + 1).join();
}
