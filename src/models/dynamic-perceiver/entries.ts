import { oneOf } from '../../base/errors.ts';
import type { Entry, Overrides } from '../entry.ts';
import { besidePicture } from './beside.ts';
import { branchOptionNames, type DynamicPerceiverConfig, dynamicPerceiverVariants } from './config.ts';
import { dynamicPerceiver } from './dynamic-perceiver.ts';

const optionNames = ['backbone', 'backboneOptions', ...branchOptionNames] as const;

/** The registry's entries: each builds its backbone, a variant that `entryOf` knows, and the branch beside it. */
export function dynamicPerceiverEntries(entryOf: (name: string) => Entry): [string, Entry][] {
  return Object.entries(dynamicPerceiverVariants).map(([name, config]) => {
    const merged = (overrides: Overrides): DynamicPerceiverConfig => {
      for (const key of Object.keys(overrides)) oneOf('option of dynamic-perceiver', key, optionNames);
      return { ...config, ...overrides };
    };
    const entry: Entry = {
      family: 'dynamic-perceiver',
      defaultSize: entryOf(config.backbone).defaultSize,
      config,
      build: (overrides, options) => {
        const { backbone, backboneOptions = {}, ...branch } = merged(overrides);
        return { ...dynamicPerceiver(entryOf(backbone).build(backboneOptions, options), branch), name };
      },
      picture: (overrides) => {
        const { backbone, backboneOptions = {}, latents } = merged(overrides);
        return besidePicture(entryOf(backbone).picture(backboneOptions), { latents });
      },
    };
    return [name, entry];
  });
}
