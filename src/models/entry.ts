import type { Model, ModelOptions } from './model.ts';

/** Overrides of a variant's configuration, e.g. `{ layout: 'CC|CCCC|CCTT|CTTT' }`. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A variant of the registry. */
export interface Entry {
  readonly family: string;
  readonly defaultSize: number;
  readonly config: object;
  readonly build: (overrides: Overrides, options: ModelOptions) => Model;
  readonly picture: (overrides: Overrides) => string;
}
