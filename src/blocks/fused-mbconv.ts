import { add } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import { apply1 } from '../graph/op.ts';
import type { Value } from '../graph/value.ts';
import { zeros } from '../nn/init.ts';
import { type Activation, activations, batchNorm, conv2d, dropout } from '../nn/layers.ts';
import type { Scope } from '../nn/scope.ts';
import { squeezeExcite } from './squeeze-excite.ts';

export interface FusedMBConvOptions {
  readonly channels: number;
  readonly stride?: 1 | 2;
  readonly expand?: number;
  /** Whether the hidden width is `expand` times the output (CoAtNet, MaxViT) or the input channels (EfficientNetV2). */
  readonly expandFrom?: 'out' | 'in';
  readonly act?: Activation;
  /** Inner width of squeeze-and-excitation as a share of the input channels; 0 for none. */
  readonly seRatio?: number;
  readonly dropPath?: number;
}

/**
 * FusedMBConv (EfficientNetV2, Tan & Le 2021; timm's EdgeResidual): 3×3 convolution to the hidden width, 1×1 back, with a
 * shortcut that averages 2×2 and projects where size or width change. [N, C, H, W] → [N, channels, H/stride, W/stride].
 */
export function fusedMBConv(s: Scope, x: Value, options: FusedMBConvOptions): Value {
  const { channels, stride = 1, expand = 4, expandFrom = 'out', act = 'silu', seRatio = 0, dropPath = 0 } = options;
  const from = fixed(x.type.shape[1], 'the number of channels');
  const hidden = Math.round(expand * (expandFrom === 'out' ? channels : from));
  let y = s.in('conv_exp', (c) => conv2d(c, x, hidden, { stride }));
  y = activations[act](s.in('bn1', (c) => batchNorm(c, y)));
  if (seRatio > 0)
    y = s.in('se', (c) => squeezeExcite(c, y, { reduced: Math.max(1, Math.round(from * seRatio)), act: 'silu' }));
  y = s.in('conv_pwl', (c) => conv2d(c, y, channels, { kernel: 1 }));
  // A residual branch that starts at zero: the block begins as its shortcut.
  y = s.in('bn2', (c) => batchNorm(c, y, { scale: zeros }));
  return add(
    dropout(y, dropPath, 'path'),
    s.in('shortcut', (c) => shortcut(c, x, channels, stride)),
  );
}

function shortcut(s: Scope, x: Value, channels: number, stride: 1 | 2): Value {
  if (stride === 1 && x.type.shape[1] === channels) return x;
  const pooled =
    stride === 1
      ? x
      : apply1('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, count_include_pad: 0 });
  const y = s.in('conv', (c) => conv2d(c, pooled, channels, { kernel: 1 }));
  return s.in('bn', (c) => batchNorm(c, y));
}
