import type { Value } from '../../../graph/value.ts';
import type { Stage } from '../../../models/stage.ts';
import type { Scope } from '../../../nn/scope.ts';

/** What reads a backbone's maps and says the class of every cell of the finest of them. */
export interface SegmentHead {
  /** In a few words, for help texts. */
  readonly about: string;
  /** The maps that it reads, by their level. */
  readonly levels: readonly number[];
  /** Logits [N, classes, height, width] at the size of the first map. */
  build(s: Scope, stages: readonly Stage[], classes: number): Value;
}
