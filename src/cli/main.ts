#!/usr/bin/env node
import { Command } from 'commander';
import { YosegiError } from '../base/errors.ts';
import { yosegiVersion } from '../base/node/version.ts';
import { benchCommand } from './bench.ts';
import { dataCommand } from './data.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exitsCommand } from './exits.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { infoCommand } from './info.ts';
import { predictCommand } from './predict.ts';
import { reportCommand } from './report.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';

const program = new Command('yosegi')
  .description('small, fast vision models on ONNX Runtime: train, measure, explain, ship')
  .version(await yosegiVersion())
  .showHelpAfterError('(add --help for all options)')
  .configureHelp({ showGlobalOptions: false });

const commands = [
  demoCommand,
  dataCommand,
  importCommand,
  trainCommand,
  evalCommand,
  exitsCommand,
  predictCommand,
  benchCommand,
  reportCommand,
  exportCommand,
  verifyCommand,
  infoCommand,
  doctorCommand,
];
for (const make of commands) program.addCommand(make().showHelpAfterError('(add --help for all options)'));

// `yosegi predict … | head` closes the pipe early: nobody listens any more, so stop.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  // The system's own words, such as 'permission denied' with the path, need no stack either.
  const expected = error instanceof YosegiError || (error instanceof Error && 'syscall' in error);
  if (!expected) throw error;
  process.stderr.write(`\nyosegi: ${error.message}\n`);
  process.exitCode = 1;
}
