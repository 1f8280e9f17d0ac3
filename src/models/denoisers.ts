import { oneOf } from '../base/errors.ts';
import { ascanUnet } from './ascan-unet/ascan-unet.ts';
import { type ConfigSchema, parseConfig, type Setting, settingsOf } from './configuration.ts';
import { buildDenoiser, type Denoiser, type DenoiserFamily } from './denoiser/denoiser.ts';
import { dit } from './dit/dit.ts';
import type { Overrides } from './entry.ts';
import type { ModelOptions } from './model.ts';
import type { ModelSource } from './source.ts';

/** A variant of a family of denoisers. */
interface DenoiserEntry {
  readonly build: (options: ModelOptions, overrides: Overrides) => Denoiser;
  readonly picture: (overrides: Overrides) => string;
  readonly settings: (overrides: Overrides) => Setting[];
  readonly onLatents: Overrides;
}

const entries = new Map<string, DenoiserEntry>([...entriesOf(ascanUnet), ...entriesOf(dit)]);

function entriesOf<S extends ConfigSchema>(family: DenoiserFamily<S>): [string, DenoiserEntry][] {
  const { name: called, schema } = family;
  return Object.entries(family.variants).map(([name, config]) => {
    const complete = (overrides: Overrides) =>
      parseConfig({ family: called, variant: name, schema }, config, overrides);
    return [
      name,
      {
        build: (options, overrides) => buildDenoiser(family, config, name, options, overrides),
        picture: (overrides) => family.picture(complete(overrides)),
        settings: (overrides) => settingsOf(schema, complete(overrides)),
        onLatents: { ...family.onLatents },
      },
    ];
  });
}

/** The names of all networks that make pictures. */
export const denoiserNames = (): string[] => [...entries.keys()];

function entryOf(name: string): DenoiserEntry {
  return entries.get(oneOf('network that makes pictures', name, denoiserNames()))!;
}

/**
 * Builds a denoiser by name, e.g. `createDenoiser('ascan-unet-micro', { size: 64, classes: 7 }, { layout: 'CC|CT|TT' })`; an unknown
 * name is answered with the nearest.
 */
export const createDenoiser = (name: string, options: ModelOptions = {}, overrides: Overrides = {}): Denoiser =>
  entryOf(name).build(options, overrides);

/** Draws the layout of a variant with these overrides in one line. */
export const denoiserPicture = (name: string, overrides: Overrides = {}): string => entryOf(name).picture(overrides);

/** The networks that make pictures, for a task to say that it takes these. */
export const denoisers: ModelSource = {
  names: denoiserNames,
  create: createDenoiser,
  picture: denoiserPicture,
  settings: (name, overrides) => entryOf(name).settings(overrides),
  onLatents: (name) => entryOf(name).onLatents,
};
