import { adaptiveAveragePool } from '../../../blocks/adaptive-pool.ts';
import { convReLU, topDown } from '../../../blocks/fpn.ts';
import { resizeTo } from '../../../blocks/resize-to.ts';
import { torchConv } from '../../../blocks/torch-conv.ts';
import { concat } from '../../../graph/build.ts';
import { dropout } from '../../../nn/layers.ts';
import type { SegmentHead } from './head.ts';

const WIDTH = 512;
const POOLS = [1, 2, 3, 6];
const DROPOUT = 0.1;

/**
 * UPerNet (Xiao et al. 2018, arXiv 1807.10221 §3; mmsegmentation's `UPerHead`): a pyramid of pooled maps (PSP) on the deepest map, a feature pyramid
 * over all, everything put together at the finest size. Without mmsegmentation's auxiliary head.
 */
export const upernet: SegmentHead = {
  about: 'UPerNet: as AsCAN is published for segmentation; slow on a CPU',
  levels: [4, 8, 16, 32],
  build: (s, stages, classes) => {
    const last = stages.at(-1)!;
    const size = [last.height, last.width] as const;
    const pooled = POOLS.map((pool, i) =>
      s.in(`psp_modules.${i}.1`, (c) =>
        resizeTo(convReLU(c, adaptiveAveragePool(last.value, [pool, pool]), WIDTH, 1), size),
      ),
    );
    const top = s.in('bottleneck', (c) => convReLU(c, concat([last.value, ...pooled], 1), WIDTH));
    const lateral = stages
      .slice(0, -1)
      .map(({ value }, i) => s.in(`lateral_convs.${i}`, (c) => convReLU(c, value, WIDTH, 1)));
    const summed = topDown([...lateral, top], stages, 'linear');
    const smooth = summed.map((x, i) =>
      i === summed.length - 1 ? x : s.in(`fpn_convs.${i}`, (c) => convReLU(c, x, WIDTH)),
    );
    const finest = [stages[0]!.height, stages[0]!.width] as const;
    const all = concat(
      smooth.map((x) => resizeTo(x, finest)),
      1,
    );
    const merged = s.in('fpn_bottleneck', (c) => convReLU(c, all, WIDTH));
    return s.in('conv_seg', (c) => torchConv(c, dropout(merged, DROPOUT), classes, { kernel: 1 }));
  },
};
