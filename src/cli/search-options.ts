import { z } from 'zod';
import { check } from '../base/errors.ts';
import { readJson } from '../base/node/read-json.ts';
import { weightsSchema } from '../search/score.ts';
import { type Space, spaceOf } from '../search/space.ts';
import { spaceNamed, spaceNames } from '../search/spaces/spaces.ts';
import { whole } from './arguments.ts';

/** The usual exponents of the score, as `--prefer` takes them. */
export const usual = Object.entries(weightsSchema.parse({}))
  .filter(([, exponent]) => exponent > 0)
  .map((pair) => pair.join('='))
  .join(',');

/** A space of the package, or one in a file. */
export async function spaceAt(name: string): Promise<Space> {
  if (!name.endsWith('.json')) return spaceNamed(name);
  const given = await readJson(name, z.unknown(), 'docs/guides/search.md has an example');
  const names = spaceNames.join(', ');
  check(given !== undefined, () => `there is no file ${name}; spaces that come with the package: ${names}`);
  return spaceOf(given, name);
}

export function rungs(text: string): number[] {
  const list = text.split(',').map(whole(1, 10_000));
  check(
    list.every((n, i) => i === 0 || n > list[i - 1]!),
    '--rungs must rise, e.g. 2,6,18',
  );
  return list;
}

export function millions(text: string): number {
  const value = Number(text.replace(/[kMG]$/, ''));
  check(value > 0, () => `'${text}' is no number, such as 2M or 300000`);
  return value * ({ k: 1e3, M: 1e6, G: 1e9 }[text.at(-1)!] ?? 1);
}

export function preferred(text: string | undefined) {
  if (text === undefined) return weightsSchema.parse({});
  const given = text.split(',').map((part) => part.split('=') as [string, string]);
  const parsed = weightsSchema.safeParse(
    Object.fromEntries([
      ...['parameters', 'macs', 'ms'].map((n) => [n, 0] as const),
      ...given.map(([n, v]) => [n, Number(v)] as const),
    ]),
  );
  check(parsed.success, () => `--prefer takes accuracy=, parameters=, macs=, ms= with numbers from 0, got '${text}'`);
  return parsed.data;
}
