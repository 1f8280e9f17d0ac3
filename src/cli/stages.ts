import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { check, messageOf, YosegiError } from '../base/errors.ts';
import { readText } from '../base/node/bounded.ts';
import { parseJson } from '../base/node/read-json.ts';
import { isFileAt } from '../base/node/there.ts';
import { kebab } from '../base/text/kebab.ts';
import { isGiven } from './given.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);

/** Trainings one after the other: each has a name, a folder of pictures, and options of `yosegi train` by their names. */
const stagesSchema = z.strictObject({
  stages: z
    .array(
      z
        .object({
          /** Names the run's folder. */
          name: z.string().regex(/^[A-Za-z0-9][\w-]{0,60}$/, 'letters, digits, - and _'),
          data: z.string().min(1).optional(),
        })
        .catchall(value),
    )
    .min(1),
});

/** A stage as the command line would have it. */
export interface Stage {
  readonly name: string;
  /** The folder of its run. */
  readonly out: string;
  /** Whether there is a run already. */
  readonly begun: boolean;
  readonly dir: string | undefined;
  readonly command: Command;
}

/** What only the whole has; the stages' own folders and starts follow from it. */
const ofTheWhole = ['out', 'stages', 'resume', 'force'];

/**
 * The stages of a file, each as a command of its own: what stands on the command line holds for all, and what a stage says goes before it. A
 * stage that names no weights starts from the run before it.
 * @throws YosegiError that names the stage and what is wrong with it, before any is trained
 */
export async function stagesOf(
  file: string,
  dir: string | undefined,
  { given, out, make }: { readonly given: Command; readonly out: string; readonly make: () => Command },
): Promise<readonly Stage[]> {
  const { stages } = parseJson(
    await readText(file),
    stagesSchema,
    file,
    'It has stages such as {"stages": [{"name": "small", "data": "photos", "size": 32, "epochs": 20}]}.',
  );
  const found: Stage[] = [];
  for (const [i, { name, data, ...options }] of stages.entries()) {
    const folder = join(out, `${i + 1}-${name}`);
    const before = found.at(-1);
    const where = data ?? dir;
    const args = [
      ...(where === undefined ? [] : [where]),
      ...(before && !('weights' in options) ? ['--weights', before.out] : []),
      ...Object.entries(options).flatMap(([option, v]) => argumentOf(option, v)),
      ...['--out', folder],
    ];
    const inherited = i === 0 ? ofTheWhole : [...ofTheWhole, 'weights', 'scratch'];
    const command = parsed(make(), args, { given, but: inherited, what: `${file}, stage '${name}'` });
    check(
      where !== undefined,
      () => `${file}, stage '${name}' has no data: name a folder of images in it, or before --stages`,
    );
    found.push({ name, out: folder, begun: await isFileAt(join(folder, 'run.json')), dir: where, command });
  }
  return found;
}

function argumentOf(option: string, v: z.infer<typeof value>): string[] {
  const long = `--${kebab(option)}`;
  if (typeof v === 'boolean') return v ? [long] : [`--no-${kebab(option)}`];
  return [long, ...(Array.isArray(v) ? v.map(String) : [String(v)])];
}

/** A command as if these arguments and, where they say nothing else, the options of `given` were typed. */
function parsed(
  command: Command,
  args: readonly string[],
  { given, but, what }: { readonly given: Command; readonly but: readonly string[]; readonly what: string },
): Command {
  const typed = isGiven(given);
  for (const o of given.options) {
    const name = o.attributeName();
    if (!but.includes(name) && typed(name)) command.setOptionValueWithSource(name, given.getOptionValue(name), 'cli');
  }
  command
    .action(() => {})
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} });
  try {
    return command.parse(args, { from: 'user' });
  } catch (cause) {
    throw new YosegiError(`${what}: ${messageOf(cause).replace(/^error: /, '')}`, { cause });
  }
}
