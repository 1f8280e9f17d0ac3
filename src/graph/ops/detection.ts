import { check } from '../../base/errors.ts';
import { unrelated } from '../channel-context.ts';
import type { Dim } from '../dim.ts';
import { register } from '../op.ts';

/** Operators on boxes. */

const atOdds = (a: Dim | undefined, b: Dim | undefined) => typeof a === 'number' && typeof b === 'number' && a !== b;

register({
  name: 'NonMaxSuppression',
  opset: 11,
  gradient: 'stops',
  channels: unrelated,
  // Boxes [N, A, 4], scores [N, C, A], then scalars: most boxes of a class (0, none, where it is left out), overlap, least score.
  infer: (c) => {
    const [boxes, scores] = [c.type(0).shape, c.type(1).shape];
    check(boxes.length === 3 && !atOdds(boxes[2], 4), () => `boxes are [N, A, 4], got [${boxes}]`);
    check(scores.length === 3, () => `scores are [N, classes, A], got [${scores}]`);
    check(
      !atOdds(boxes[1], scores[2]),
      () => `scores are [N, classes, A] of the A boxes: there are ${boxes[1]} boxes and scores of ${scores[2]}`,
    );
    return [{ dtype: 'int64', shape: ['(selected)', 3] }];
  },
});

register({
  name: 'RoiAlign',
  // Version 16 has the shift by half a pixel, and its default.
  opset: 16,
  gradient: 'stops',
  channels: unrelated,
  // Maps [N, C, H, W], regions [R, 4] as left, top, right, bottom, and the picture [R] that each lies in: [R, C, height, width].
  infer: (c) => {
    const [x, regions, pictures] = [c.type(0), c.type(1).shape, c.type(2).shape];
    check(x.shape.length === 4, () => `the maps are [N, C, H, W], got [${x.shape}]`);
    check(regions.length === 2 && !atOdds(regions[1], 4), () => `regions are [R, 4], got [${regions}]`);
    check(
      pictures.length === 1 && !atOdds(pictures[0], regions[0]),
      () => `each of the ${regions[0]} regions lies in one picture, got [${pictures}]`,
    );
    return [
      { dtype: x.dtype, shape: [regions[0]!, x.shape[1]!, c.attrs.int('output_height'), c.attrs.int('output_width')] },
    ];
  },
});
