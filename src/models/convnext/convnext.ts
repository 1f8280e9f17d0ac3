import { check } from '../../base/errors.ts';
import type { Value } from '../../graph/value.ts';
import { truncated } from '../../nn/init.ts';
import { conv2d, dropout, globalAveragePool, gridNorm, layerNorm, linear } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { convNextBlock } from './block.ts';
import { type ConvNextConfig, convnextSchema, convnextVariants } from './config.ts';

/**
 * ConvNeXt (Liu et al., CVPR 2022, arXiv 2201.03545) and V2 (Woo et al., CVPR 2023, arXiv 2301.00808), as timm/models/convnext.py,
 * whose weights load by name. Patches of 4×4 and halvings of 2×2 drop the rows and columns left over, so every size from 32 works.
 * `pooled` is the normalised mean, [N, last width].
 */
export const convnext: Family<typeof convnextSchema> = {
  name: 'convnext',
  schema: convnextSchema,
  variants: convnextVariants,
  defaultSize: 224,
  blocks: /^stages\.\d+\.blocks\.\d+/,
  picture: ({ depths, widths }) => depths.map((d, i) => `${'▣'.repeat(d)} ${widths[i]}`).join(' │ '),
  build,
  head,
};

function build(s: Scope, image: Value, config: ConvNextConfig, options: { dropPath: number }): Body {
  const { depths, widths, mlp, grn, layerScale, kernel } = config;
  check(
    depths.length === 4 && widths.length === 4,
    `ConvNeXt has four stages: give four depths and four widths, got [${depths}] and [${widths}]`,
  );
  check(kernel % 2 === 1, `the depthwise convolutions keep the size, so their side must be odd, got ${kernel}`);
  const patches = s.in('stem.0', (c) => patchConv(c, image, widths[0]!, 4));
  let x = s.in('stem.1', (n) => gridNorm(n, patches));
  const total = depths.reduce((a, b) => a + b, 0);
  let index = 0;
  const stages = widths.map((channels, i): StageMark => {
    if (i > 0) x = s.in(`stages.${i}.downsample`, (d) => halve(d, x, channels));
    for (let j = 0; j < depths[i]!; j++) {
      const dropPath = total > 1 ? (options.dropPath * index++) / (total - 1) : 0;
      x = s.in(`stages.${i}.blocks.${j}`, (b) => convNextBlock(b, x, { kernel, mlp, grn, layerScale, dropPath }));
    }
    return { name: `stages.${i}`, value: x, level: 4 * 2 ** i };
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, { headNormFirst }: ConvNextConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = headNormFirst
    ? globalAveragePool(s.in('norm_pre', (n) => gridNorm(n, end)))
    : s.in('head.norm', (n) => layerNorm(n, globalAveragePool(end)));
  return { pooled, logits: s.in('head.fc', (f) => linear(f, dropout(pooled, dropRate), classes)) };
}

/** Each side×side patch becomes a pixel: [N, C, H, W] → [N, channels, ⌊H/side⌋, ⌊W/side⌋]. */
const patchConv = (s: Scope, x: Value, channels: number, side: number) =>
  conv2d(s, x, channels, { kernel: side, stride: side, padding: 0, bias: true, init: truncated });

function halve(s: Scope, x: Value, channels: number): Value {
  const normed = s.in(0, (n) => gridNorm(n, x));
  return s.in(1, (c) => patchConv(c, normed, channels, 2));
}
