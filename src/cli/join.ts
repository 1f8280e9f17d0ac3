import { Command } from 'commander';
import { short } from '../base/text/numbers.ts';
import { percent } from '../base/text/percent.ts';
import { table } from '../base/text/table.ts';
import { type Joined, joinRuns } from '../bundle/node/join.ts';
import { tasks } from '../tasks/node/registry.ts';
import { addSchemaOptions, pickOptions } from './schema-options.ts';

interface Flags {
  out: string;
  embedPreprocessing?: boolean;
  force?: boolean;
  pictures: boolean;
  json?: boolean;
}

/** `yosegi join RUN… --out BUNDLE`: tasks on one frozen backbone as one graph. */
export function joinCommand(): Command {
  const command = new Command('join')
    .description(
      'write runs trained on the same frozen backbone as one bundle: the backbone runs once, all heads after it',
    )
    .argument('<runs...>', 'the folders of the runs; answers have the folders’ names')
    .requiredOption('--out <folder>', 'where the bundle goes')
    .option('--embed-preprocessing', 'take bytes [N, H, W, 3] and normalise inside the model')
    .option('--no-pictures', 'use drawn patterns as golden inputs, no pictures of the data')
    .option('--force', 'replace a bundle that is there already')
    .option('--json', 'print the manifest and what is shared as JSON');
  for (const { ship } of tasks) addSchemaOptions(command, ship.options);
  return command.action(async (runs: string[], flags: Flags) => {
    const { json, out, embedPreprocessing, force, pictures } = flags;
    const ship = Object.assign({}, ...tasks.map((task) => pickOptions(task.ship.options, flags)));
    const joined = await joinRuns({ runs, out, embedPreprocessing, force, pictures, ship });
    for (const warning of joined.warnings) process.stderr.write(`note: ${warning}\n`);
    process.stdout.write(`${json ? JSON.stringify(joined, null, 2) : joinedText(joined)}\n`);
  });
}

function joinedText({ folder, manifest, members, macs, difference, exact }: Joined): string {
  const rows = members.map((m) => [m.name, m.task, short(m.macs), percent(m.shared / m.macs)]);
  const { images, runtime } = manifest.golden;
  return [
    folder,
    '',
    table([['member', 'task', 'multiply-adds', 'shared'], ...rows]),
    '',
    `one graph: ${short(macs.joined)} multiply-adds a picture; one after another: ${short(macs.apart)}`,
    exact
      ? `every output has the very bits of its run's own export on ${images} golden inputs (${runtime})`
      : `outputs differ from those of the runs' own exports in their last bits on ${images} golden inputs (${runtime})`,
    `joined and trained models differ by at most ${difference.toExponential(1)}`,
  ].join('\n');
}
