import { type Preprocessing, preprocessingSchema } from '../../data/preprocess.ts';
import { labelsSchema } from '../contents.ts';
import type { Manifest } from '../manifest.ts';
import { type BundleExits, readBundleExits } from './exits.ts';
import { readListed, readListedJson, readManifest } from './listed.ts';
import { shippedModel } from './shipped.ts';

/** A bundle ready for use: every part checked against the manifest as it was read. */
export interface LoadedBundle {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** The bytes of model.onnx. */
  readonly model: Uint8Array;
  /** The same network in parts, with the policy when an image leaves; where the bundle has one. */
  readonly exits?: BundleExits;
}

/**
 * Reads what is needed to run a bundle.
 * @throws BundleError that names the file that is missing, changed, or not to be used
 */
export async function loadBundle(folder: string): Promise<LoadedBundle> {
  const manifest = await readManifest(folder);
  const exits = await readBundleExits(folder, manifest);
  const model = await readListed(folder, manifest, 'model.onnx');
  shippedModel('model.onnx', model);
  return {
    folder,
    manifest,
    ...(exits && { exits }),
    labels: await readListedJson(folder, manifest, 'labels.json', labelsSchema),
    preprocessing: await readListedJson(folder, manifest, 'preprocessing.json', preprocessingSchema),
    model,
  };
}
