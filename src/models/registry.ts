import { oneOf } from '../base/errors.ts';
import { ascan } from './ascan/ascan.ts';
import { convnext } from './convnext/convnext.ts';
import { beside, besidePicture, splitOverrides } from './dynamic-perceiver/beside.ts';
import { dynamicPerceiverEntries } from './dynamic-perceiver/entries.ts';
import { torchMobileNetV3 } from './dynamic-perceiver/torch-mobilenetv3.ts';
import { efficientFormer } from './efficientformer/efficientformer.ts';
import { efficientFormerV2 } from './efficientformerv2/efficientformerv2.ts';
import type { Entry, Overrides } from './entry.ts';
import { hiera, turbovit } from './hiera/hiera.ts';
import { mobilenetv2 } from './mobilenetv2/mobilenetv2.ts';
import { mobilenetv3 } from './mobilenetv3/mobilenetv3.ts';
import { buildModel, type Family, type Model, type ModelOptions } from './model.ts';
import { mrl } from './mrl/mrl.ts';
import { regnet } from './regnet/regnet.ts';
import { resnetCifar } from './resnet/cifar.ts';
import { resnet } from './resnet/resnet.ts';
import { vit } from './vit/vit.ts';

export type { Overrides } from './entry.ts';

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
add(efficientFormer);
add(efficientFormerV2);
add(resnet);
add(resnetCifar);
add(convnext);
add(vit);
add(hiera);
add(turbovit);
add(mobilenetv2);
add(mobilenetv3);
add(regnet);
add(mrl);
add(torchMobileNetV3);
for (const [name, entry] of dynamicPerceiverEntries(modelEntry)) entries.set(name, entry);

/** The names of all model variants. */
export function modelNames(): string[] {
  return [...entries.keys()];
}

/** The entry of a variant; an unknown name is answered with the nearest. */
export function modelEntry(name: string): Entry {
  return entries.get(oneOf('model', name, modelNames()))!;
}

/**
 * Builds a variant by name, e.g. `createModel('ascan-nano', { size: 64, classes: 7 })`. The override `perceiver` puts a Dynamic
 * Perceiver's branch with its exits beside it: `{ perceiver: { latents: 32 } }`.
 */
export function createModel(name: string, options: ModelOptions = {}, overrides: Overrides = {}): Model {
  const { own, branch } = splitOverrides(overrides);
  return beside(modelEntry(name).build(own, options), branch);
}

/** Draws the layout of a variant with these overrides in one line. */
export function modelPicture(name: string, overrides: Overrides = {}): string {
  const { own, branch } = splitOverrides(overrides);
  return besidePicture(modelEntry(name).picture(own), branch);
}
