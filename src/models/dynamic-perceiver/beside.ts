import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { parseConfig, type Setting, settingsOf } from '../configuration.ts';
import type { Overrides } from '../entry.ts';
import type { Model } from '../model.ts';
import { type Branch, branchSchema } from './config.ts';
import { dynamicPerceiver } from './dynamic-perceiver.ts';

export type { Branch } from './config.ts';

/** The override that puts a branch with exits beside any model, whatever it is and wherever it comes from. */
const BRANCH = 'perceiver';

/** Overrides of a model's own configuration, and of the branch beside it. */
export function splitOverrides(overrides: Overrides): { readonly own: Overrides; readonly branch?: Branch } {
  const { [BRANCH]: given, ...own } = overrides;
  return given === undefined ? { own } : { own, branch: parseBranch(given) };
}

/** Options of the branch, checked. */
export function parseBranch(given: unknown): Branch {
  const options = z.record(z.string(), z.unknown()).safeParse(given);
  check(options.success, () => `the options of the exits must be an object, got ${JSON.stringify(given)}`);
  return parseConfig({ family: 'the exits', variant: 'the exits', schema: branchSchema }, {}, options.data);
}

/** The options of a branch that somebody has chosen, with what they mean. */
export const branchSettings = (branch: Branch | undefined): Setting[] =>
  branch ? settingsOf(branchSchema, branch).map((s) => ({ ...s, name: `${BRANCH}.${s.name}` })) : [];

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
