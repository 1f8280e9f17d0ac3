import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { spelt } from '../base/node/spelt.ts';
import { plainJson } from '../base/text/cells.ts';
import { kebab } from '../base/text/kebab.ts';
import { openDataset } from '../feed/node/dataset.ts';
import { describe } from '../feed/node/describe.ts';
import { contactSheet, writePng } from '../feed/node/sheet.ts';
import { summarise } from '../feed/node/summary.ts';
import { taskOf } from '../tasks/node/read-layout.ts';
import { taskNamed, taskNames, tasks } from '../tasks/node/registry.ts';
import type { NodeTask } from '../tasks/node/task.ts';
import { choice, share, whole } from './arguments.ts';
import { isGiven } from './given.ts';
import { endWithReader } from './output.ts';
import { addSchemaOptions, pickOptions } from './schema-options.ts';

interface Flags {
  task?: string;
  json?: boolean;
  sheet?: string;
  perClass: number;
  seed: number;
  valFraction: number;
  testFraction: number;
  maxBroken: number;
  maxPixels?: number;
  background: 'white' | 'black';
  workers?: number;
}

/** `yosegi data DIR`: looks at a folder of pictures and says what is in it and what is wrong with it. */
export function dataCommand(): Command {
  const command = new Command('data')
    .description('look at a folder of pictures: counts, sizes, balance, duplicates, broken files')
    .argument('<dir>', tasks.map(({ name, expects }) => `${name}: ${expects}`).join('. '))
    .addOption(choice('--task <name>', 'what the labels are for (default: what the folder’s data is for)', taskNames))
    .option('--sheet <file.png>', 'also write a contact sheet: some pictures of each class, with their labels')
    .option('--per-class <n>', 'pictures of each class on the sheet', whole(1, 100), 10)
    .option('--json', 'print everything as JSON')
    .option('--seed <n>', 'names the splits that are drawn here', whole(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--val-fraction <share>', 'part of train that becomes val where none is given', share, 0.1)
    .option('--test-fraction <share>', 'part that becomes test where nothing is split', share, 0.2)
    .option('--max-broken <share>', 'fail when more than this part of the files is broken', share, 0.05)
    .option('--max-pixels <n>', 'refuse pictures of more pixels (default 64 million)', whole(1, 1e9))
    .addOption(choice('--background <colour>', 'what shows through transparency', ['white', 'black']).default('white'))
    .option('--workers <n>', 'threads (default: one fewer than cores)', whole(0, 256));
  for (const { reading } of tasks) if (reading) addSchemaOptions(command, reading);
  return command.action(run);
}

async function run(asked: string, flags: Flags, command: Command): Promise<void> {
  const dir = (await spelt(asked)) ?? asked;
  // A contact sheet is worth finishing without anyone who reads along.
  if (flags.sheet === undefined) endWithReader();
  const { json, sheet, perClass, maxBroken, task: name, ...options } = flags;
  const task = name === undefined ? await taskOf(dir) : taskNamed(name);
  const progress = process.stderr.isTTY && !json;
  const dataset = await openDataset(dir, task, {
    ...options,
    taskOptions: readingFlags(task, givenFlags(flags, command)),
    // Show everything first, even where it is too much.
    maxBroken: 1,
    onProgress: (done, total) => {
      if (progress) process.stderr.write(done < total ? `\rlooking at pictures ${done}/${total}` : '\r\x1b[K');
    },
  });
  try {
    const summary = summarise(dataset);
    process.stdout.write(`${json ? plainJson(summary, 2) : describe(summary)}\n`);
    if (sheet !== undefined) {
      await writePng(sheet, await contactSheet(dataset, perClass));
      if (!json) process.stdout.write(`\nwrote ${sheet}\n`);
    }
    const { problems, pictures } = summary;
    check(
      problems.length <= maxBroken * (pictures + problems.length),
      () =>
        `${problems.length} of ${pictures + problems.length} files are broken, more than --max-broken ${maxBroken}: ` +
        'training on this folder would stop here',
    );
  } finally {
    await dataset.close();
  }
}

/** What stands on the command line. */
const givenFlags = (flags: Flags, command: Command) =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => isGiven(command)(name)));

/** Options of how a folder is read, by which the task must be one that has them. */
function readingFlags(task: NodeTask, flags: object): Record<string, unknown> {
  const own = task.reading ? pickOptions(task.reading, flags) : {};
  for (const { name, reading } of tasks) {
    const stray = reading && Object.keys(pickOptions(reading, flags)).find((option) => !(option in own));
    check(
      !stray,
      () => `--${kebab(stray!)} is for the task ${name}, and this is looked at for ${task.name}: add --task ${name}`,
    );
  }
  return own;
}
