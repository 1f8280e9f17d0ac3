#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { YosegiError } from '../base/errors.ts';
import { yosegiVersion } from '../base/node/version.ts';
import { plainLines } from '../base/text/cells.ts';
import { commandsFor } from './commands.ts';
import { guardOutput } from './output.ts';

const program = new Command('yosegi')
  .description('small, fast vision models on ONNX Runtime: train, measure, explain, ship')
  .version(await yosegiVersion())
  .showHelpAfterError('(add --help for all options)')
  .configureHelp({ showGlobalOptions: false });

for (const command of await commandsFor(process.argv[2])) {
  program.addCommand(command.showHelpAfterError('(add --help for all options)'));
}
// Help and complaints end like every verb: when what was printed is written, or could not be.
for (const command of [program, ...program.commands]) command.exitOverride();

guardOutput();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) process.exitCode = error.exitCode;
  } else fail(error);
}

function fail(error: unknown): void {
  // The system's own words, such as 'permission denied' with the path, need no stack either.
  const expected = error instanceof YosegiError || (error instanceof Error && 'syscall' in error);
  if (!expected) throw error;
  process.stderr.write(`\nyosegi: ${plainLines(error.message)}\n`);
  // A signal's own code stays.
  process.exitCode ||= 1;
}
