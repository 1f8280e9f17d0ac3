import { convReLU } from '../../../blocks/fpn.ts';
import { resizeTo } from '../../../blocks/resize-to.ts';
import { torchConv } from '../../../blocks/torch-conv.ts';
import { add, mul, reduceMean, sigmoid } from '../../../graph/build.ts';
import { conv2d } from '../../../nn/layers.ts';
import type { SegmentHead } from './head.ts';

const WIDTH = 128;

/**
 * LR-ASPP (Howard et al. 2019, arXiv 1905.02244 §6.4; torchvision's `LRASPPHead`): the deep map gated by its own mean, enlarged, and
 * the logits of a shallow map added. The paper dilates the backbone to read level 16 as its deepest; here the backbone stays as it
 * was trained, and the deep map is that of level 32.
 */
export const light: SegmentHead = {
  about: 'LR-ASPP: fastest, for old PCs',
  levels: [8, 32],
  build: (s, [low, high], classes) => {
    const deep = s.in('cbr', (c) => convReLU(c, high!.value, WIDTH, 1));
    const gate = s.in('scale', (c) =>
      sigmoid(conv2d(c, reduceMean(high!.value, [2, 3]), WIDTH, { kernel: 1, bias: false })),
    );
    const fine = resizeTo(mul(deep, gate), [low!.height, low!.width]);
    return add(
      s.in('low_classifier', (c) => torchConv(c, low!.value, classes, { kernel: 1 })),
      s.in('high_classifier', (c) => torchConv(c, fine, classes, { kernel: 1 })),
    );
  },
};
