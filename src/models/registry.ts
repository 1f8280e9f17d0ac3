import { oneOf } from '../base/errors.ts';
import { ascan } from './ascan/ascan.ts';
import { buildModel, type Family, type Model, type ModelOptions } from './model.ts';

/** Overrides of a variant's configuration, e.g. `{ layout: 'CC|CCCC|CCTT|CTTT' }`. */
export type Overrides = Readonly<Record<string, unknown>>;

interface Entry {
  readonly family: string;
  readonly defaultSize: number;
  readonly config: object;
  readonly build: (overrides: Overrides, options: ModelOptions) => Model;
  readonly picture: (overrides: Overrides) => string;
}

const entries = new Map<string, Entry>();

function add<C extends object>(family: Family<C>): void {
  for (const [name, config] of Object.entries(family.variants)) {
    const merged = (overrides: Overrides): C => {
      for (const key of Object.keys(overrides)) oneOf(`option of ${family.name}`, key, family.options);
      return { ...config, ...overrides };
    };
    entries.set(name, {
      family: family.name,
      defaultSize: family.defaultSize,
      config,
      build: (overrides, options) => buildModel(family, merged(overrides), name, options),
      picture: (overrides) => family.picture(merged(overrides)),
    });
  }
}

add(ascan);

/** The names of all model variants. */
export function modelNames(): string[] {
  return [...entries.keys()];
}

/** The entry of a variant; an unknown name is answered with the nearest. */
export function modelEntry(name: string): Entry {
  return entries.get(oneOf('model', name, modelNames()))!;
}

/** Builds a variant by name, e.g. `createModel('ascan-nano', { size: 64, classes: 7 })`. */
export function createModel(name: string, options: ModelOptions = {}, overrides: Overrides = {}): Model {
  return modelEntry(name).build(overrides, options);
}
