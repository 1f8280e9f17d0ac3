import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { nearest } from '../base/errors.ts';
import { kebab } from '../base/text/kebab.ts';

/**
 * Options of a command from the schema that checks them: the name from the field's, the help text from its description, default,
 * choices and limits from the schema itself. So each stands once.
 */
export function addSchemaOptions(
  command: Command,
  schema: z.ZodObject,
  { without = [] as readonly string[] } = {},
): Command {
  for (const [name, field] of Object.entries(schema.shape)) {
    if (!without.includes(name)) command.addOption(optionFor(name, field));
  }
  return command;
}

/** The part of a command's flags that a schema knows; undefined ones are left out. */
export function pickOptions(schema: z.ZodObject, flags: object): Record<string, unknown> {
  const known = Object.entries(flags).filter(
    ([name, value]) => Object.hasOwn(schema.shape, name) && value !== undefined,
  );
  return Object.fromEntries(known);
}

/** What JSON Schema says of one field. */
const jsonSchema = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  /** Where several kinds will do: a number or a word. */
  anyOf: z
    .array(
      z.looseObject({ type: z.string().optional(), const: z.unknown().optional(), minimum: z.number().optional() }),
    )
    .optional(),
  items: z.looseObject({ type: z.string().optional() }).optional(),
  /** Set by `.meta({ argument: 'rate' })`: what the help calls the value. */
  argument: z.string().optional(),
  /** Set the same way: what a value must be, where the schema's type does not say it. */
  expected: z.string().optional(),
});
type Field = z.infer<typeof jsonSchema>;

function optionFor(name: string, field: z.core.$ZodType): Option {
  const about = jsonSchema.parse(z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }));
  const long = `--${kebab(name)}`;
  const text = about.description ?? '';
  if (about.type === 'boolean') return new Option(long, text).default(about.default ?? false);
  if (about.type === 'array' && about.items?.type === 'string') {
    return new Option(`${long} <${about.argument ?? 'what'}...>`, text).default(about.default ?? []);
  }
  const option = new Option(`${long} <${about.argument ?? argumentOf(about)}>`, text).argParser((given: string) => {
    const value = parsedText(given, about);
    const parsed = z.safeParse(field, value);
    if (!parsed.success) throw new InvalidArgumentError(expected(about, given));
    return value;
  });
  return about.default === undefined ? option : option.default(about.default);
}

function argumentOf({ type, enum: choices }: Field): string {
  if (choices) return 'name';
  return type === 'array' ? 'list' : type === 'integer' ? 'n' : 'x';
}

/** Text as the schema wants it; shares may be written as percent. */
function parsedText(given: string, { type, enum: choices, anyOf }: Field): unknown {
  if (choices) return given;
  if (anyOf) return anyOf.some((kind) => kind.const === given) ? given : numberOf(given);
  if (type === 'array') return given.split(',').map(numberOf);
  return type === 'integer' || type === 'number' ? numberOf(given) : given;
}

function numberOf(text: string): number {
  const digits = text.replace(/%$/, '').trim();
  return digits === '' ? Number.NaN : Number(digits) / (text.endsWith('%') ? 100 : 1);
}

function expected(about: Field, given: string): string {
  const { type, enum: choices } = about;
  if (about.expected) return `It must be ${about.expected}.`;
  if (choices) {
    const near = nearest(given, choices);
    return `${near === undefined ? '' : `Did you mean ${near}? `}Allowed choices are ${choices.join(', ')}.`;
  }
  if (type === 'array') return 'It must be numbers with commas between.';
  if (about.anyOf) {
    const words = about.anyOf.flatMap((kind) => (typeof kind.const === 'string' ? [kind.const] : []));
    const [number] = about.anyOf.filter((kind) => kind.type === 'integer' || kind.type === 'number');
    return `${number ? expected({ ...number, anyOf: undefined }, given).slice(0, -1) : 'It must be'}, or ${words.join(' or ')}.`;
  }
  const low = about.minimum ?? about.exclusiveMinimum;
  const high = about.maximum ?? about.exclusiveMaximum;
  if (low === 0 && about.exclusiveMaximum === 1) return 'It must be a share from 0 to below 1, such as 0.1 or 10%.';
  const what = type === 'integer' ? 'a whole number' : 'a number';
  const from = low === undefined ? '' : about.exclusiveMinimum === undefined ? ` from ${low}` : ` above ${low}`;
  const to =
    high === undefined || high >= 1e9 ? '' : about.exclusiveMaximum === undefined ? ` to ${high}` : ` to below ${high}`;
  return `It must be ${what}${from}${to}.`;
}
