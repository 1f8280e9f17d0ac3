import { reshape, transpose } from '../graph/build.ts';
import { fixed } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';

// Each in two steps that move one axis: ONNX Runtime copies rows then. One transposition of six axes goes number by number, which took a fiftieth of a look of
// a UNet at a picture.

/** [N, C · patch², H, W] → [N, C, H · patch, W · patch]: channels become the pixels of a square (PyTorch's pixel_shuffle). */
export function pixelShuffle(x: Value, patch: number): Value {
  if (patch === 1) return x;
  const [n, all, h, w] = sizesOf(x);
  const c = all / patch ** 2;
  const columns = transpose(reshape(x, [n, c * patch, patch, h * w]), [0, 1, 3, 2]);
  const rows = transpose(reshape(columns, [n, c, patch, h, w * patch]), [0, 1, 3, 2, 4]);
  return reshape(rows, [n, c, h * patch, w * patch]);
}

/** [N, C, H, W] → [N, C · patch², H / patch, W / patch]: the way back (pixel_unshuffle). */
export function pixelUnshuffle(x: Value, patch: number): Value {
  if (patch === 1) return x;
  const [n, c, height, width] = sizesOf(x);
  const [h, w] = [height / patch, width / patch];
  const rows = transpose(reshape(x, [n, c, h, patch, width]), [0, 1, 3, 2, 4]);
  const columns = transpose(reshape(rows, [n, c * patch, h * w, patch]), [0, 1, 3, 2]);
  return reshape(columns, [n, c * patch ** 2, h, w]);
}

const sizesOf = ({ type: { shape } }: Value) => {
  const [n, c, h, w] = shape;
  return [n!, fixed(c, 'the channels'), fixed(h, 'the height'), fixed(w, 'the width')] as const;
};
