import { z } from 'zod';
import { convNormAct } from '../../blocks/inverted-residual.ts';
import { roundChannels } from '../../blocks/round-channels.ts';
import { squeezeExcite } from '../../blocks/squeeze-excite.ts';
import { add, hardSwish } from '../../graph/build.ts';
import type { Init, Value } from '../../graph/value.ts';
import { type Activation, dropout, globalAveragePool, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';

const schema = z.strictObject({
  width: z
    .number()
    .positive()
    .describe(
      'multiplies all channels; hidden widths are rounded by themselves, where timm’s follow the rounded input’s',
    ),
});

type TorchMobileNetV3Config = z.output<typeof schema>;

type Row = readonly [kernel: 3 | 5, hidden: number, channels: number, se: boolean, act: Activation, stride: 1 | 2];

/** Howard et al. 2019 (arXiv 1905.02244), table 1. */
const rows: readonly Row[] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hard_swish', 2],
  [3, 200, 80, false, 'hard_swish', 1],
  [3, 184, 80, false, 'hard_swish', 1],
  [3, 184, 80, false, 'hard_swish', 1],
  [3, 480, 112, true, 'hard_swish', 1],
  [3, 672, 112, true, 'hard_swish', 1],
  [5, 672, 160, true, 'hard_swish', 2],
  [5, 960, 160, true, 'hard_swish', 1],
  [5, 960, 160, true, 'hard_swish', 1],
];

/**
 * MobileNetV3-Large as torchvision has it, whose weights load by name: Dynamic Perceiver's trunk. `stages` are the last map at
 * each stride; `pooled`, after the hidden layer `classifier.0`, is [N, 1280] at width 1.
 */
export const torchMobileNetV3: Family<typeof schema> = {
  name: 'mobilenetv3-torchvision',
  schema,
  variants: {
    tv_mobilenetv3_large_050: { width: 0.5 },
    tv_mobilenetv3_large_075: { width: 0.75 },
    tv_mobilenetv3_large_100: { width: 1 },
    tv_mobilenetv3_large_125: { width: 1.25 },
    tv_mobilenetv3_large_150: { width: 1.5 },
    tv_mobilenetv3_large_200: { width: 2 },
  },
  defaultSize: 224,
  blocks: /^features\.[1-9]\d*/,
  picture: ({ width }) =>
    rows.map((row, i) => `${row[5] === 2 && i > 0 ? '│ ' : ''}▣ ${roundChannels(row[2] * width)}`).join(' '),
  build,
  head,
};

const names = ['0', '1'] as const;
const epsilon = 1e-3;

function build(s: Scope, image: Value, { width }: TorchMobileNetV3Config, options: { dropPath: number }): Body {
  const widths = (channels: number) => roundChannels(channels * width);
  let x = s.in('features.0', (f) =>
    convNormAct(f, image, widths(16), { names, kernel: 3, stride: 2, act: 'hard_swish', epsilon }),
  );
  const stages: StageMark[] = [];
  let level = 2;
  const keep = (name: string) => stages.push({ name, value: x, level });
  rows.forEach(([kernel, hidden, channels, se, act, step], i) => {
    if (step === 2 && level > 2) keep(`features.${i}`);
    level *= step;
    const block = { kernel, hidden: widths(hidden), channels: widths(channels), se, act, stride: step };
    const dropPath = (options.dropPath * i) / (rows.length - 1);
    x = s.in(`features.${i + 1}`, (f) => invertedResidual(f, x, { ...block, dropPath }));
  });
  const last = `features.${rows.length + 1}`;
  x = s.in(last, (f) => convNormAct(f, x, 6 * widths(160), { names, act: 'hard_swish', epsilon }));
  keep(last);
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, { width }: TorchMobileNetV3Config, { classes, dropRate }: HeadOptions): Head {
  const init: Init = { kind: 'normal', std: 0.01 };
  const mean = globalAveragePool(end);
  const pooled = hardSwish(s.in('classifier.0', (c) => linear(c, mean, roundChannels(1280 * width), { init })));
  return { pooled, logits: s.in('classifier.3', (c) => linear(c, dropout(pooled, dropRate), classes, { init })) };
}

interface BlockOptions {
  readonly kernel: number;
  readonly hidden: number;
  readonly channels: number;
  readonly se: boolean;
  readonly act: Activation;
  readonly stride: 1 | 2;
  readonly dropPath: number;
}

/** Layers `block.{0,1,…}`: 1×1 to the hidden width (where it differs), depthwise, squeeze-and-excitation, 1×1 without activation. */
function invertedResidual(s: Scope, x: Value, options: BlockOptions): Value {
  const { kernel, hidden, channels, se, act, stride, dropPath } = options;
  let index = 0;
  const layer = (make: (scope: Scope) => Value) => s.in(`block.${index++}`, make);
  let y = x;
  if (hidden !== x.type.shape[1]) y = layer((c) => convNormAct(c, y, hidden, { names, act, epsilon }));
  y = layer((c) => convNormAct(c, y, hidden, { names, kernel, stride, group: hidden, act, epsilon }));
  if (se) {
    const reduced = roundChannels(hidden / 4);
    y = layer((c) => squeezeExcite(c, y, { reduced, act: 'relu', gate: 'hard_sigmoid', names: ['fc1', 'fc2'] }));
  }
  y = layer((c) => convNormAct(c, y, channels, { names, act: 'identity', epsilon }));
  return stride === 1 && x.type.shape[1] === channels ? add(dropout(y, dropPath, 'path'), x) : y;
}
