import { z } from 'zod';
import { methods } from '../adapters/forms/forms.ts';
import { type AdapterOptions, adapterOptions, adapterOptionsSchema, methodNames } from '../adapters/options.ts';
import { check } from '../base/errors.ts';
import { kebab } from '../base/text/kebab.ts';
import { pickOptions } from './schema-options.ts';

const { method: _, ranks: __, ...own } = adapterOptionsSchema.shape;
const flagOf = (name: string) => `adapt${name[0]!.toUpperCase()}${name.slice(1)}`;

/** `--adapt`, and `--adapt-rank` and the like from the schema of the adapters. */
export const adaptFlags = z.object({
  adapt: z
    .enum(methodNames)
    .optional()
    .describe(
      `freeze the backbone and learn something small in it. ${methodNames.map((name) => `${name}: ${methods[name].about}`).join('; ')}`,
    ),
  ...Object.fromEntries(Object.entries(own).map(([name, field]) => [flagOf(name), field])),
});

/** The adapters that the flags ask for, if any. */
export function adaptersFrom(flags: object, isGiven: (name: string) => boolean): AdapterOptions | undefined {
  const given = pickOptions(adaptFlags, flags);
  const { adapt } = given;
  if (adapt === undefined) {
    const [first] = Object.keys(own).map(flagOf).filter(isGiven);
    check(first === undefined, () => `--${kebab(first!)} says how to adapt: give --adapt too, e.g. --adapt lora`);
    return undefined;
  }
  const chosen = Object.keys(own).flatMap((name) =>
    isGiven(flagOf(name)) ? [[name, given[flagOf(name)]] as const] : [],
  );
  return adapterOptions({ method: adapt as AdapterOptions['method'], ...Object.fromEntries(chosen) });
}
