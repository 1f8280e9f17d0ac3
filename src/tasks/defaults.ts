import type { Preprocessing } from '../data/preprocess.ts';

/** What a task chooses where nothing is said. */
export interface TaskDefaults {
  /** Name of the augmentation recipe; default `light`. */
  readonly recipe?: string;
  /** Name of the model; default `ascan-nano`. */
  readonly model?: string;
  /** How values are scaled; default ImageNet's way. */
  readonly input?: Pick<Preprocessing, 'mean' | 'std'>;
  /** Options of training that are others than everybody's. */
  readonly train?: Readonly<Record<string, unknown>>;
}
