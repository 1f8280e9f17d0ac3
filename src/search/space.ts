import { z } from 'zod';
import { adapterOptions } from '../adapters/options.ts';
import { check, YosegiError } from '../base/errors.ts';
import { withBranch } from '../models/dynamic-perceiver/beside.ts';
import type { Overrides } from '../models/registry.ts';

/**
 * A space of designs as data: a variant of the registry, or weights to start from, and what of it may be what. Anywhere in `overrides` and
 * `adapters` (and as `size`, `weights`, `keep`, `exits`) may stand, instead of a value,
 *   { "choose": [values], "as": name }   one of the values; the name is what the choice is called
 *   { "product": [parts] }               the product of numbers, choices, and names of choices: a width of so many heads of such a size
 *   { "join": [parts], "with": text }    texts put together: the stages of a layout
 */
export interface Space {
  readonly name: string;
  /** What it is, in a sentence. */
  readonly about: string;
  /** The variant that the overrides go to; may be left out where the weights say it. */
  readonly model?: string | undefined;
  readonly size?: unknown;
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Weights that every training starts from, as for `yosegi train --weights`; without them, from random ones. */
  readonly weights?: unknown;
  /** Share of the multiply-adds that is left of the weights' network, whole channels being taken out first (`yosegi prune`). */
  readonly keep?: unknown;
  /** What is learned beside the layers of a frozen network, as for `yosegi adapt`; without them, the whole network is trained. */
  readonly adapters?: Readonly<Record<string, unknown>> | undefined;
  /** Latents of a Dynamic Perceiver's branch with early exits beside the network, as for `yosegi train --exits`; 0: no exits. */
  readonly exits?: unknown;
}

/** One thing that is to be decided. */
export interface Choice {
  readonly name: string;
  readonly values: readonly (string | number | boolean)[];
}

/** Which value of each choice, in the order of `choicesOf`. */
export type Design = readonly number[];

/** What a design is. */
export interface Settled {
  readonly model?: string;
  readonly overrides: Overrides;
  /** Height and width, where the space says anything of it. */
  readonly size?: number;
  readonly weights?: string;
  /** Above 0, at most 1. */
  readonly keep?: number;
  readonly adapters?: Readonly<Record<string, unknown>>;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const chooseSchema = z.strictObject({ choose: z.array(scalar).min(1), as: z.string().min(1) });
const productSchema = z.strictObject({ product: z.array(z.unknown()).min(1) });
const joinSchema = z.strictObject({ join: z.array(z.unknown()).min(1), with: z.string().default('') });

const spaceSchema = z.strictObject({
  name: z.string().regex(/^[\w-]+$/, 'letters, digits, - and _'),
  about: z.string().default(''),
  model: z.string().optional(),
  size: z.unknown().optional(),
  overrides: z.record(z.string(), z.unknown()).default({}),
  weights: z.unknown().optional(),
  keep: z.unknown().optional(),
  adapters: z.record(z.string(), z.unknown()).optional(),
  exits: z.unknown().optional(),
});

/** @throws YosegiError that says what of a space is wrong */
export function spaceOf(given: unknown, from: string): Space {
  const parsed = spaceSchema.safeParse(given);
  check(parsed.success, () => {
    const [issue] = parsed.error!.issues;
    const where = issue!.path.join('.');
    return `${from} is no space of designs: ${where ? `'${where}': ` : ''}${issue!.message}. It has a name, a model (or weights), and overrides with {"choose": [values], "as": name} in them`;
  });
  const space = parsed.data;
  check(
    space.model !== undefined || space.weights !== undefined,
    () => `${from} names no network: give it a "model" of 'yosegi info', or "weights" to start from`,
  );
  check(
    space.weights !== undefined || (space.keep === undefined && space.adapters === undefined),
    () => `${from}: "keep" and "adapters" are for a network that is trained already: give "weights"`,
  );
  check(
    space.exits === undefined || (space.adapters === undefined && space.overrides.perceiver === undefined),
    () => `${from}: "exits" make a branch of their own, which goes with neither "adapters" nor an override "perceiver"`,
  );
  const choices = choicesOf(space);
  check(choices.length > 0, () => `${from} leaves nothing to choose: put {"choose": [values], "as": name} into it`);
  const names = choices.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  check(twice === undefined, () => `${from} has two choices called '${twice}': give each another "as"`);
  // Every reference is looked up once.
  settle(
    space,
    choices.map(() => 0),
  );
  return space;
}

/** What is to be decided, in the order in which it stands in the space. */
export function choicesOf(space: Space): Choice[] {
  const found: Choice[] = [];
  const walk = (value: unknown): void => {
    const chosen = chooseSchema.safeParse(value);
    if (chosen.success) found.push({ name: chosen.data.as, values: chosen.data.choose });
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  const { overrides, size, weights, keep, adapters, exits } = space;
  for (const part of [overrides, size, weights, keep, adapters, exits]) walk(part);
  return found;
}

/** The configuration that a design stands for. */
export function settle(space: Space, design: Design): Settled {
  const choices = choicesOf(space);
  check(
    design.length === choices.length && design.every((at, i) => choices[i]!.values[at] !== undefined),
    () => `[${design}] is no design of ${space.name}, which leaves ${choices.length} choices`,
  );
  const chosen = new Map(choices.map(({ name, values }, i) => [name, values[design[i]!]!]));
  const of = <T>(what: 'size' | 'weights' | 'keep' | 'exits', schema: z.ZodType<T>, must: string): T | undefined => {
    const value = settled(space[what], chosen, space.name);
    if (value === undefined) return undefined;
    const parsed = schema.safeParse(value);
    check(parsed.success, () => `the ${what} of ${space.name} must be ${must}, got ${JSON.stringify(value)}`);
    return parsed.data;
  };
  const size = of('size', z.number(), 'a number');
  const weights = of('weights', z.string(), 'text, as for --weights');
  const keep = of('keep', z.number().gt(0).max(1), 'a number above 0 and at most 1');
  const adapters = space.adapters && (settled(space.adapters, chosen, space.name) as Record<string, unknown>);
  if (adapters) adapterOptions(adapters);
  const exits = of('exits', z.int().min(0), 'a number of latents, 0 for none');
  const overrides = settled(space.overrides, chosen, space.name) as Overrides;
  return {
    ...(space.model !== undefined && { model: space.model }),
    overrides: withBranch(overrides, exits ? { latents: exits } : undefined),
    ...(size !== undefined && { size }),
    ...(weights !== undefined && { weights }),
    ...(keep !== undefined && { keep }),
    ...(adapters && { adapters }),
  };
}

/** The same of a space that names a variant of the registry itself. */
export function settleModel(space: Space, design: Design): Settled & { readonly model: string } {
  const { model, ...settled } = settle(space, design);
  check(model !== undefined, () => `${space.name} names no model: its weights say which network they are for`);
  return { ...settled, model };
}

type Told = Omit<Settled, 'overrides' | 'size'> & Pick<Space, 'overrides' | 'size'>;

/** A design in a line: the network or its weights, and what of it was chosen. */
export function settledText({ model, overrides, size, weights, keep, adapters }: Told): string {
  const asked = { ...(size !== undefined && { size }), ...(keep && { keep }), ...(adapters && { adapters }) };
  return [
    ...[model, weights].filter((name) => name !== undefined),
    ...[overrides, asked].filter((of) => Object.keys(of).length > 0).map((of) => JSON.stringify(of)),
  ].join(' ');
}

function settled(value: unknown, chosen: ReadonlyMap<string, string | number | boolean>, space: string): unknown {
  const look = (name: string) => {
    const found = chosen.get(name);
    if (found === undefined)
      throw new YosegiError(
        `${space} speaks of a choice '${name}', which it has not; it has ${[...chosen.keys()].join(', ')}`,
      );
    return found;
  };
  const choice = chooseSchema.safeParse(value);
  if (choice.success) return look(choice.data.as);
  const product = productSchema.safeParse(value);
  if (product.success) {
    const factor = (part: unknown) => Number(typeof part === 'string' ? look(part) : settled(part, chosen, space));
    return product.data.product.reduce<number>((n, part) => n * factor(part), 1);
  }
  const join = joinSchema.safeParse(value);
  if (join.success) return join.data.join.map((part) => String(settled(part, chosen, space))).join(join.data.with);
  if (Array.isArray(value)) return value.map((part) => settled(part, chosen, space));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, settled(part, chosen, space)]));
  return value;
}

/** How many designs there are. */
export const sizeOfSpace = (space: Space): number => choicesOf(space).reduce((n, { values }) => n * values.length, 1);

export const keyOf = (design: Design): string => design.join('.');
