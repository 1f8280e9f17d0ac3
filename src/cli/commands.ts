import type { Command } from 'commander';
import { adaptCommand } from './adapt.ts';
import { benchCommand } from './bench.ts';
import { dataCommand } from './data.ts';
import { demoCommand } from './demo.ts';
import { diffsCommand } from './diffs.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exitsCommand } from './exits.ts';
import { exportCommand } from './export.ts';
import { generateCommand } from './generate.ts';
import { importCommand } from './import.ts';
import { infoCommand } from './info.ts';
import { joinCommand } from './join.ts';
import { mergeCommand } from './merge.ts';
import { predictCommand } from './predict.ts';
import { reportCommand } from './report.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';

/** Every verb of the command line, in the order of its help. */
export const commands: readonly (() => Command)[] = [
  demoCommand,
  dataCommand,
  importCommand,
  trainCommand,
  adaptCommand,
  diffsCommand,
  mergeCommand,
  evalCommand,
  exitsCommand,
  predictCommand,
  generateCommand,
  benchCommand,
  reportCommand,
  exportCommand,
  joinCommand,
  verifyCommand,
  infoCommand,
  doctorCommand,
];
