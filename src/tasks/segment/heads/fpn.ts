import { convReLU, featurePyramid, topDownPyramid } from '../../../blocks/fpn.ts';
import { resizeTo } from '../../../blocks/resize-to.ts';
import { torchConv } from '../../../blocks/torch-conv.ts';
import { add } from '../../../graph/build.ts';
import type { Stage } from '../../../models/stage.ts';
import { dropout } from '../../../nn/layers.ts';
import type { SegmentHead } from './head.ts';

const NECK = 256;
const WIDTH = 128;
const DROPOUT = 0.1;

/** Each map of a pyramid is convolved and doubled until it is as fine as the first, then all are added. */
const semantic = (about: string, neck: typeof featurePyramid): SegmentHead => ({
  about,
  levels: [4, 8, 16, 32],
  build: (s, stages, classes) => {
    const maps = s.in('neck', (n) => neck(n, stages, NECK));
    const sum = maps
      .map((map, i) =>
        s.in(`scale_heads.${i}`, (h) => {
          // mmsegmentation numbers the enlarging layers too, which have no parameters.
          let x = map;
          for (let k = 0; k < Math.max(1, i); k++) {
            x = h.in(2 * k, (c) => convReLU(c, x, WIDTH));
            if (i > 0) x = resizeTo(x, sizeOf(stages[i - 1 - k]!));
          }
          return x;
        }),
      )
      .reduce((a, b) => add(a, b));
    return s.in('conv_seg', (c) => torchConv(c, dropout(sum, DROPOUT), classes, { kernel: 1 }));
  },
});

/**
 * Semantic FPN (Kirillov et al. 2019, arXiv 1901.02446 §3; mmsegmentation's `FPN` neck and `FPNHead`, as EfficientFormer's
 * segmentation configurations have it).
 */
export const fpn = semantic('Semantic FPN: finer, slower', featurePyramid);

/** The same on a pyramid that no 3×3 convolutions smooth, as segmentation_models_pytorch's `FPN` has it: half the multiplications. */
export const fpnPlain = semantic('Semantic FPN without smoothing its pyramid: half the work of fpn', topDownPyramid);

const sizeOf = ({ height, width }: Stage): [number, number] => [height, width];
