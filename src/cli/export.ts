import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { kebab } from '../base/text/kebab.ts';
import { bytesText } from '../base/text/numbers.ts';
import { table } from '../base/text/table.ts';
import { exportBundle } from '../bundle/node/export.ts';
import { loadRun } from '../run/node/run-folder.ts';
import { taskNamed, tasks } from '../tasks/node/registry.ts';
import { isGiven } from './given.ts';
import { addSchemaOptions, pickOptions } from './schema-options.ts';

interface Flags {
  out?: string;
  embedPreprocessing?: boolean;
  force?: boolean;
  pictures: boolean;
  exits: boolean;
  json?: boolean;
}

/** `yosegi export RUN`: writes the folder that is deployed. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('write a trained model as a folder of plain files that ONNX Runtime takes anywhere')
    .argument('<run>', 'the folder of a run')
    .option('--out <folder>', 'where it goes (default: bundle in the run’s folder)')
    .option('--embed-preprocessing', 'take bytes [N, H, W, 3] and normalise inside the model')
    .option('--no-pictures', 'use drawn patterns as golden inputs, no pictures of the data')
    .option('--no-exits', 'leave out the parts between exits and the policy, which a run with exits.json has')
    .option('--force', 'replace a bundle that is there already')
    .option('--json', 'print the manifest as JSON');
  for (const { ship } of tasks) addSchemaOptions(command, ship.options);
  return command.action(async (run: string, flags: Flags) => {
    const { json, out, embedPreprocessing, force, pictures, exits } = flags;
    const loaded = await loadRun(run);
    const own = taskNamed(loaded.run.task);
    for (const other of tasks.filter((task) => task !== own)) {
      const [stray] = Object.keys(other.ship.options.shape).filter((name) => asked(command, name));
      check(
        stray === undefined || stray in own.ship.options.shape,
        () => `--${kebab(stray!)} is for runs of the task ${other.name}; ${run} is one of ${own.name}`,
      );
    }
    const ship = pickOptions(own.ship.options, flags);
    const options = { out, embedPreprocessing, force, pictures, exits, ship };
    const { folder, manifest, difference, warnings } = await exportBundle({ run: loaded, ...options });
    for (const warning of warnings) process.stderr.write(`note: ${warning}\n`);
    if (json) {
      process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`);
      return;
    }
    const { size } = await stat(join(folder, 'manifest.json'));
    const rows = [...manifest.files.map((f) => [f.path, bytesText(f.bytes)]), ['manifest.json', bytesText(size)]];
    const { images, runtime, tolerance } = manifest.golden;
    process.stdout.write(
      `${folder}\n\n${table(rows)}\n\n` +
        `shipped and trained model differ by at most ${difference.toExponential(1)} on ${images} golden inputs (${runtime})\n` +
        `other machines may differ by ${tolerance.toExponential(1)}: yosegi verify ${shellPath(folder)}\n`,
    );
  });
}

/** Whether an option was given, and is not its default. */
const asked = (command: Command, name: string) => isGiven(command)(name);
