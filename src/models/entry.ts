import type { Setting } from './configuration.ts';
import type { BackboneOptions, Headless, Model, ModelOptions } from './model.ts';

/** Overrides of a variant's configuration, e.g. `{ layout: 'CC|CCCC|CCTT|CTTT' }`. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A variant of the registry. */
export interface Entry {
  readonly family: string;
  readonly defaultSize: number;
  readonly config: object;
  readonly build: (overrides: Overrides, options: ModelOptions) => Model;
  readonly backbone: (overrides: Overrides, options: BackboneOptions) => Headless;
  readonly picture: (overrides: Overrides) => string;
  /** The configuration with these overrides, complete, and what its fields mean. */
  readonly settings: (overrides: Overrides) => Setting[];
}
