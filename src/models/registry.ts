import { check, oneOf } from '../base/errors.ts';
import { ascan } from './ascan/ascan.ts';
import { type ConfigSchema, parseConfig, type Setting, settingsOf } from './configuration.ts';
import { convnext } from './convnext/convnext.ts';
import { beside, besidePicture, branchSettings, splitOverrides } from './dynamic-perceiver/beside.ts';
import { dynamicPerceiverEntries } from './dynamic-perceiver/entries.ts';
import { torchMobileNetV3 } from './dynamic-perceiver/torch-mobilenetv3.ts';
import { efficientFormer } from './efficientformer/efficientformer.ts';
import { efficientFormerV2 } from './efficientformerv2/efficientformerv2.ts';
import type { Entry, Overrides } from './entry.ts';
import { hiera, turbovit } from './hiera/hiera.ts';
import { mobilenetv2 } from './mobilenetv2/mobilenetv2.ts';
import { mobilenetv3 } from './mobilenetv3/mobilenetv3.ts';
import {
  type BackboneOptions,
  buildBackbone,
  type Family,
  type Headless,
  type Model,
  type ModelOptions,
  withClassifier,
} from './model.ts';
import { mrl } from './mrl/mrl.ts';
import { regnet } from './regnet/regnet.ts';
import { resnetCifar } from './resnet/cifar.ts';
import { resnet } from './resnet/resnet.ts';
import { vit } from './vit/vit.ts';

export type { Overrides } from './entry.ts';

const entries = new Map<string, Entry>();

function add<S extends ConfigSchema>(family: Family<S>): void {
  const { name: called, schema, defaultSize } = family;
  for (const [name, config] of Object.entries(family.variants)) {
    const complete = (overrides: Overrides) =>
      parseConfig({ family: called, variant: name, schema }, config, overrides);
    const backbone: Entry['backbone'] = (overrides, options) => buildBackbone(family, config, name, options, overrides);
    entries.set(name, {
      family: called,
      defaultSize,
      config,
      backbone,
      build: (overrides, options) => withClassifier(backbone(overrides, options), options),
      picture: (overrides) => family.picture(complete(overrides)),
      settings: (overrides) => settingsOf(schema, complete(overrides)),
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
 * Builds a variant without a head, e.g. `createBackbone('convnext_atto', { size: 256 })`: its feature maps are its `stages`, or
 * what `pyramid` makes of them; `withClassifier` puts the family's own head on it.
 */
export function createBackbone(name: string, options: BackboneOptions = {}, overrides: Overrides = {}): Headless {
  const { own, branch } = splitOverrides(overrides);
  check(
    !branch,
    () => `exits are classifiers, and a backbone of ${name} has none: leave out 'perceiver', or use createModel`,
  );
  return modelEntry(name).backbone(own, options);
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

/** The configuration of a variant with these overrides, field by field, with what each means. */
export function modelSettings(name: string, overrides: Overrides = {}): Setting[] {
  const { own, branch } = splitOverrides(overrides);
  return [...modelEntry(name).settings(own), ...branchSettings(branch)];
}
