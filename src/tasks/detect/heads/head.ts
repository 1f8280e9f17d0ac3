import type { Value } from '../../../graph/value.ts';
import type { Stage } from '../../../models/stage.ts';
import type { Scope } from '../../../nn/scope.ts';

/** What reads a backbone's maps and gives, for each level of a pyramid, two maps: one to tell classes by, one to place boxes by. */
export interface DetectHead {
  /** In a few words, for help texts. */
  readonly about: string;
  /** The maps that it reads, by their level, the finest first. */
  readonly levels: readonly number[];
  /** For each level, features [N, C, height, width] of the two branches. */
  build(s: Scope, stages: readonly Stage[]): { readonly classes: Value; readonly boxes: Value }[];
}
