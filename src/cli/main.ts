#!/usr/bin/env node
import { Command } from 'commander';
import { YosegiError } from '../base/errors.ts';
import { yosegiVersion } from '../base/node/version.ts';
import { plainLines } from '../base/text/cells.ts';
import { benchCommand } from './bench.ts';
import { dataCommand } from './data.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exitsCommand } from './exits.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { infoCommand } from './info.ts';
import { guardOutput } from './output.ts';
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

guardOutput();

try {
  await program.parseAsync();
} catch (error) {
  // The system's own words, such as 'permission denied' with the path, need no stack either.
  const expected = error instanceof YosegiError || (error instanceof Error && 'syscall' in error);
  if (!expected) throw error;
  process.stderr.write(`\nyosegi: ${plainLines(error.message)}\n`);
  process.exitCode = 1;
}
