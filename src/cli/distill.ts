import { relative, resolve, sep } from 'node:path';
import { Command } from 'commander';
import { check } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { distill } from '../tasks/distill/node/distill.ts';
import { isGiven } from './given.ts';
import { trainedBy } from './train.ts';
import { addTrainOptions, type TrainFlags } from './train-options.ts';

/** `yosegi distill DIR…`: weights to start from, learnt from another network on pictures without labels. */
export function distillCommand(): Command {
  const command = new Command('distill')
    .description('teach a small network what another one sees in pictures without labels; trainings start from it')
    .argument('[dirs...]', 'folders of pictures; all that lie in them and below are taken')
    .requiredOption('--out <run>', 'run folder to write')
    .option('--model <name>', `the student (see yosegi info; default: ${distill.defaults?.model})`)
    .option('--weights <where>', 'what the student starts from (as for train; default: random weights)');
  return addTrainOptions(command).option('--force', 'replace a run that is already in --out').action(run);
}

async function run(dirs: readonly string[], flags: TrainFlags, command: Command): Promise<void> {
  const { root, folders } = together(dirs);
  if (!flags.resume) {
    const set = (name: string, value: unknown) => command.setOptionValueWithSource(name, value, 'cli');
    check(
      !isGiven(command)('folders'),
      'the folders of pictures are given one after the other: yosegi distill DIR DIR --out RUN; leave out --folders',
    );
    set('task', distill.name);
    set('folders', folders);
    if (!isGiven(command)('testFraction')) set('testFraction', 0);
    if (!isGiven(command)('valFraction')) set('valFraction', 0.03);
    if (flags.weights === undefined) set('scratch', true);
  }
  const { result } = await trainedBy(root, command.opts<TrainFlags>(), command);
  if (result.reason !== 'stopped')
    process.stderr.write(`or: yosegi train DIR --weights ${shellPath(flags.out)} --out RUN\n`);
}

/** The deepest folder that holds all of these, and what they are called in it; nothing where one is given alone. */
export function together(dirs: readonly string[]): { root: string | undefined; folders: string[] } {
  if (dirs.length < 2) return { root: dirs[0], folders: [] };
  const parts = dirs.map((dir) => resolve(dir).split(sep));
  const [first] = parts;
  const shared = first!.findIndex((part, i) => parts.some((other) => other[i] !== part));
  const root = first!.slice(0, shared < 0 ? undefined : shared).join(sep) || sep;
  return { root, folders: dirs.map((dir) => relative(root, resolve(dir)).split(sep).join('/') || '.') };
}
