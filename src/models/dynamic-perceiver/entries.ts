import { YosegiError } from '../../base/errors.ts';
import { parseConfig, settingsOf } from '../configuration.ts';
import type { Entry, Overrides } from '../entry.ts';
import { besidePicture } from './beside.ts';
import { dynamicPerceiverVariants, dynamicPerceiverSchema as schema } from './config.ts';
import { dynamicPerceiver } from './dynamic-perceiver.ts';

/** The registry's entries: each builds its backbone, a variant that `entryOf` knows, and the branch beside it. */
export function dynamicPerceiverEntries(entryOf: (name: string) => Entry): [string, Entry][] {
  return Object.entries(dynamicPerceiverVariants).map(([name, config]) => {
    const family = 'dynamic-perceiver';
    const complete = (overrides: Overrides) => parseConfig({ family, variant: name, schema }, config, overrides);
    const entry: Entry = {
      family,
      defaultSize: entryOf(config.backbone).defaultSize,
      config,
      build: (overrides, options) => {
        const { backbone, backboneOptions = {}, ...branch } = complete(overrides);
        return { ...dynamicPerceiver(entryOf(backbone).build(backboneOptions, options), branch), name };
      },
      backbone: () => {
        throw new YosegiError(
          `${name} is classifiers beside a network: as a backbone take that network, '${config.backbone}'`,
        );
      },
      picture: (overrides) => {
        const { backbone, backboneOptions = {}, latents } = complete(overrides);
        return besidePicture(entryOf(backbone).picture(backboneOptions), { latents });
      },
      settings: (overrides) => {
        const { backbone, backboneOptions = {}, ...rest } = complete(overrides);
        const trunk = entryOf(backbone).settings(backboneOptions);
        return [
          ...settingsOf(schema, { backbone, ...rest }),
          ...trunk.map((s) => ({ ...s, name: `backbone.${s.name}` })),
        ];
      },
    };
    return [name, entry];
  });
}
