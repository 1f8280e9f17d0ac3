import { z } from 'zod';
import { check, oneOf } from '../base/errors.ts';
import { mixerNames } from '../blocks/mixer.ts';
import { activationNames } from '../nn/layers.ts';

/** Configurations of model families: one schema a family says what may stand in it, what is left out, and what it means. */

/** The fields of a family's configuration, each with a description. */
export type ConfigSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>, z.core.$strict>;

/** A whole number from 1. */
export const count = z.int().min(1);

/** One value a stage, or another list. */
export const listOf = <T extends z.ZodType>(item: T) => z.array(item).readonly();

export const activation = z.enum(activationNames);
export const mixerKind = z.enum(mixerNames);

/** A field of a configuration, for people. */
export interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly meaning: string;
}

/**
 * A complete configuration: a variant's, with `overrides` in the place of what it says, and defaults for what nobody says.
 * @throws YosegiError that names an unknown option with the nearest known one, or each value that is wrong, what it must be and
 *   what it means
 */
export function parseConfig<S extends ConfigSchema>(
  { family, variant, schema }: { readonly family: string; readonly variant: string; readonly schema: S },
  config: z.input<S>,
  overrides: Readonly<Record<string, unknown>> = {},
): z.output<S> {
  const names = Object.keys(schema.shape);
  const given: Record<string, unknown> = { ...config, ...overrides };
  for (const key of Object.keys(given)) oneOf(`option of ${family}`, key, names);
  const parsed = schema.safeParse(given);
  check(parsed.success, () => {
    const problems = parsed.error!.issues.map((issue) => problemIn(schema, issue, given));
    return `${variant} cannot be built so: ${[...new Set(problems)].join('; ')}`;
  });
  return parsed.data as z.output<S>;
}

/** The fields of a complete configuration with what they mean, in the schema's order; those that are left out are not there. */
export function settingsOf(schema: ConfigSchema, config: Readonly<Record<string, unknown>>): Setting[] {
  return Object.entries(schema.shape).flatMap(([name, field]) =>
    config[name] === undefined ? [] : [{ name, value: config[name], meaning: field.description ?? '' }],
  );
}

function problemIn(schema: ConfigSchema, issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const [first, ...rest] = issue.path;
  const name = `${String(first)}${rest.map((p) => `[${String(p)}]`).join('')}`;
  const value = issue.path.reduce<unknown>((v, key) => (v as Record<PropertyKey, unknown>)[key], given);
  const meaning = schema.shape[String(first)]?.description;
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    // Throws, with the nearest.
    oneOf(String(first), value, issue.values.map(String));
  }
  return `'${name}' must be ${wanted(issue)}, got ${JSON.stringify(value) ?? String(value)}${meaning ? ` (${meaning})` : ''}`;
}

const kinds: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  string: 'text',
  object: 'an object',
};

function wanted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    case 'too_small':
      return limit(issue.origin, issue.inclusive === false ? 'above' : 'at least', Number(issue.minimum));
    case 'too_big':
      return limit(issue.origin, issue.inclusive === false ? 'below' : 'at most', Number(issue.maximum));
    default:
      return issue.message;
  }
}

function limit(origin: string, relation: string, bound: number): string {
  if (origin === 'array') return `a list of ${relation} ${bound}`;
  // 0.03125 is 1/32 to whoever wrote it.
  const share = bound > 0 && bound < 1 && Number.isInteger(1 / bound) ? `1/${1 / bound}` : String(bound);
  return `${relation} ${share}`;
}
