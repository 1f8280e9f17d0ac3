import { z } from 'zod';
import { check, YosegiError } from '../base/errors.ts';
import type { Overrides } from '../models/registry.ts';

/**
 * A space of designs as data: a variant of the registry, and what of its configuration may be what. Anywhere in `overrides` (and as `size`)
 * may stand, instead of a value,
 *   { "choose": [values], "as": name }   one of the values; the name is what the choice is called
 *   { "product": [parts] }               the product of numbers, choices, and names of choices: a width of so many heads of such a size
 *   { "join": [parts], "with": text }    texts put together: the stages of a layout
 */
export interface Space {
  readonly name: string;
  /** What it is, in a sentence. */
  readonly about: string;
  /** The variant that the overrides go to. */
  readonly model: string;
  readonly size?: unknown;
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** One thing that is to be decided. */
export interface Choice {
  readonly name: string;
  readonly values: readonly (string | number | boolean)[];
}

/** Which value of each choice, in the order of `choicesOf`. */
export type Design = readonly number[];

/** What a design is to `createModel`. */
export interface Settled {
  readonly model: string;
  readonly overrides: Overrides;
  /** Height and width, where the space says anything of it. */
  readonly size?: number;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const chooseSchema = z.strictObject({ choose: z.array(scalar).min(1), as: z.string().min(1) });
const productSchema = z.strictObject({ product: z.array(z.unknown()).min(1) });
const joinSchema = z.strictObject({ join: z.array(z.unknown()).min(1), with: z.string().default('') });

const spaceSchema = z.strictObject({
  name: z.string().regex(/^[\w-]+$/, 'letters, digits, - and _'),
  about: z.string().default(''),
  model: z.string(),
  size: z.unknown().optional(),
  overrides: z.record(z.string(), z.unknown()),
});

/** @throws YosegiError that says what of a space is wrong */
export function spaceOf(given: unknown, from: string): Space {
  const parsed = spaceSchema.safeParse(given);
  check(parsed.success, () => {
    const [issue] = parsed.error!.issues;
    const where = issue!.path.join('.');
    return `${from} is no space of designs: ${where ? `'${where}': ` : ''}${issue!.message}. It has a name, a model, and overrides with {"choose": [values], "as": name} in them`;
  });
  const space = parsed.data;
  const choices = choicesOf(space);
  check(
    choices.length > 0,
    () => `${from} leaves nothing to choose: put {"choose": [values], "as": name} into its overrides`,
  );
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
  walk(space.overrides);
  walk(space.size);
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
  const size = settled(space.size, chosen, space.name);
  check(size === undefined || typeof size === 'number', () => `the size of ${space.name} must be a number`);
  return {
    model: space.model,
    overrides: settled(space.overrides, chosen, space.name) as Overrides,
    ...(size !== undefined && { size }),
  };
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
