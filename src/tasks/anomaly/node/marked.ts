import { ignoreIndex, mask } from '../../../data/geometry/mask.ts';
import { maskOfTarget, type SegmentTarget, targetOfMask } from '../../segment/target.ts';
import type { AnomalyTarget } from '../target.ts';

/** What the marks of a picture say: it is good where nothing but background is marked. The kind is that of the first class marked. */
export function ofParts(target: SegmentTarget, classes: readonly string[]): AnomalyTarget {
  const marked = target.parts.filter(({ label }) => label > 0 && label !== ignoreIndex);
  const kind = marked[0] && classes[marked[0].label];
  return {
    anomalous: marked.length > 0,
    ...(kind !== undefined && { kind }),
    ...(target.parts.length > 0 && { mask: target.parts.every(isPlain) ? target : oneClass(target) }),
  };
}

const isPlain = ({ label }: { readonly label: number }) => label === 1 || label === ignoreIndex;

/** All classes but the background as class 1. */
function oneClass(target: SegmentTarget): SegmentTarget {
  const { width, height, data } = maskOfTarget(target);
  return targetOfMask(
    mask(
      width,
      height,
      data.map((v) => (v === 0 || v === ignoreIndex ? v : 1)),
    ),
  );
}
