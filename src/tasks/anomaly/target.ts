import { z } from 'zod';
import { type SegmentTarget, segmentTarget } from '../segment/target.ts';

/** What is known of a picture: whether it is good, and where it is not. */
export interface AnomalyTarget {
  readonly anomalous: boolean;
  /** What is wrong with it, where there are several kinds: the name of its folder or class. */
  readonly kind?: string;
  /** Where it is anomalous (class 1), and what does not count; missing of an anomalous picture where nobody has drawn it. */
  readonly mask?: SegmentTarget;
}

/** Checks a stored {@link AnomalyTarget}. */
export const anomalyTarget = z.strictObject({
  anomalous: z.boolean(),
  kind: z.string().optional(),
  mask: segmentTarget.optional(),
});

/** Classes of every data set, by index. */
export const anomalyClasses = ['good', 'anomalous'] as const;
