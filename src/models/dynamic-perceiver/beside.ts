import { z } from 'zod';
import { check } from '../../base/errors.ts';
import type { Overrides } from '../entry.ts';
import type { Model } from '../model.ts';
import { branchOptionNames } from './config.ts';
import { dynamicPerceiver } from './dynamic-perceiver.ts';

/** The override that puts a branch with exits beside any model, whatever it is and wherever it comes from. */
const BRANCH = 'perceiver';

const whole = z.int().min(1);
const stages = z.array(z.number().positive());
const branchSchema = z.strictObject({
  latents: whole.optional(),
  widths: z.array(whole).optional(),
  layers: z.array(z.int().min(0)).optional(),
  heads: z.array(whole).optional(),
  mlpRatio: z.number().positive().optional(),
  grid: whole.optional(),
  x2z: z.union([z.boolean(), z.array(whole)]).optional(),
  z2x: z.boolean().optional(),
  depthwise: z.boolean().optional(),
  lastZ2x: z.boolean().optional(),
  merged: z.boolean().optional(),
  interStage: z.boolean().optional(),
  hidden: whole.optional(),
  depthFactor: stages.optional(),
  places: z.array(z.string()).optional(),
} satisfies Record<(typeof branchOptionNames)[number], z.ZodType>);

/** Options of the branch as they stand in a run.json; `undefined` for none. */
export type Branch = z.infer<typeof branchSchema>;

/** Overrides of a model's own configuration, and of the branch beside it. */
export function splitOverrides(overrides: Overrides): { readonly own: Overrides; readonly branch?: Branch } {
  const { [BRANCH]: given, ...own } = overrides;
  return given === undefined ? { own } : { own, branch: parseBranch(given) };
}

/** Options of the branch, checked. */
export function parseBranch(given: unknown): Branch {
  const parsed = branchSchema.safeParse(given);
  check(
    parsed.success,
    () =>
      `the options of the exits are not right: ${z.prettifyError(parsed.error!).replaceAll('\n', ' ')}. ` +
      `There are ${branchOptionNames.join(', ')}`,
  );
  return parsed.data;
}

/** The overrides of a model with this branch beside it, if any. */
export const withBranch = (own: Overrides, branch: Branch | undefined): Overrides =>
  branch ? { ...own, [BRANCH]: branch } : own;

/** The model with the branch beside it, or as it is. */
export function beside(model: Model, branch: Branch | undefined): Model {
  if (!branch) return model;
  check(!model.exits, () => `${model.name} has exits already`);
  return dynamicPerceiver(model, branch);
}

/** What a picture of the layout says of the branch. */
export const besidePicture = (picture: string, branch: Branch | undefined): string =>
  branch ? `${picture} ⇄ ${branch.latents ?? 128} latents` : picture;
