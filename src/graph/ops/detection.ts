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
