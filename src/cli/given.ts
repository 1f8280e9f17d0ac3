import type { Command, Option } from 'commander';
import { check } from '../base/errors.ts';

/** Whether an option, by its attribute's name, stands on the command line. */
export const isGiven = (command: Command) => (name: string) => command.getOptionValueSource(name) === 'cli';

/** The options that stand on the command line, but for some. */
export function givenBeside(command: Command, some: readonly string[]): Option[] {
  const given = isGiven(command);
  return command.options.filter((o) => !some.includes(o.attributeName()) && given(o.attributeName()));
}

/**
 * What goes on keeps what it was begun with: neither its folder of images nor options beside `some` are given.
 * @throws YosegiError that names what to leave out; `what` is the one that goes on
 */
export function checkKept(what: string, dir: string | undefined, command: Command, some: readonly string[]): void {
  const stray = [...(dir === undefined ? [] : [dir]), ...givenBeside(command, some).map((o) => o.long)];
  check(stray.length === 0, () => `${what} keeps what it was begun with: leave out ${stray.join(', ')}`);
}
