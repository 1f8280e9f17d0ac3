import type { Setting } from './configuration.ts';
import type { Overrides } from './entry.ts';
import type { Model, ModelOptions } from './model.ts';

/** Models of one kind, by name. */
export interface ModelSource {
  readonly names: () => string[];
  /** An unknown name is answered with the nearest. */
  readonly create: (name: string, options: ModelOptions, overrides: Overrides) => Model;
  /** The layout in one line. */
  readonly picture: (name: string, overrides: Overrides) => string;
  /** What of its configuration is another where an autoencoder's latents come in the place of pixels, unless somebody says so. */
  readonly onLatents?: (name: string) => Overrides;
  /** Its configuration, field by field. */
  readonly settings: (name: string, overrides: Overrides) => readonly Setting[];
}
