import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { check } from '../../src/base/errors.ts';
import { dynamicPerceiverVariants } from '../../src/models/dynamic-perceiver/config.ts';

/** A model with exits that is raced against its official code: on every side with formula weights, on formula images. */
export const exitSubjectSchema = z.object({ model: z.string(), size: z.int(), classes: z.int(), images: z.int() });
export type ExitSubject = z.infer<typeof exitSubjectSchema>;

const models = {
  'mobilenetv3-perceiver': 'mobilenetV3_0x75_perceiver_t128',
  'regnet-perceiver': 'reg400m_perceiver_t128',
} as const;
export type ExitModelKey = keyof typeof models;
export const exitModelKeys = Object.keys(models) as ExitModelKey[];

export const exitSubject = (key: ExitModelKey): ExitSubject => {
  return { model: models[key], size: 224, classes: 1000, images: 32 };
};

/** Shares of the images that leave at each of the four exits where the network is dynamic. */
export const shares: readonly number[] = [0.5, 0.2, 0.1, 0.2];
export const batches = [1, 32] as const;

/** The same model in the words of the official code. */
export function officialModel({ model, ...rest }: ExitSubject) {
  const { trunk, depthFactor } = dynamicPerceiverVariants[model]!;
  return { ...rest, name: model, trunk, options: { depth_factor: depthFactor } };
}

const HOW =
  'To get it: git clone https://github.com/LeapLabTHU/Dynamic_Perceiver, and name the folder with --dynamic-perceiver DIR or DYN_PERCEIVER';

/** The folder of the official code, or why there is none. */
export function officialFolder(given: string | undefined): { readonly folder?: string; readonly why: string } {
  const folder = given ?? process.env.DYN_PERCEIVER;
  if (!folder) return { why: `Dynamic Perceiver is not raced: its official code is not here. ${HOW}` };
  const file = join(folder, 'models/dyn_perceiver_regnet.py');
  check(existsSync(file), () => `'${folder}' is not the official code of Dynamic Perceiver: no ${file}. ${HOW}`);
  return { folder, why: '' };
}
