import type { Command, Option } from 'commander';

/** Whether an option, by its attribute's name, stands on the command line. */
export const isGiven = (command: Command) => (name: string) => command.getOptionValueSource(name) === 'cli';

/** The options that stand on the command line, but for some. */
export function givenBeside(command: Command, some: readonly string[]): Option[] {
  const given = isGiven(command);
  return command.options.filter((o) => !some.includes(o.attributeName()) && given(o.attributeName()));
}
