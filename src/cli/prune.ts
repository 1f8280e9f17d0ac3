import { Command, InvalidArgumentError, Option } from 'commander';
import { check } from '../base/errors.ts';
import { criteria } from '../prune/importance.ts';
import { pruneRun, sizeText, type Target } from '../prune/node/prune-run.ts';
import { sparsifyRun, storedText } from '../prune/node/sparsify-run.ts';
import { choice, number, whole } from './arguments.ts';
import { trainHooks } from './train-hooks.ts';
import { untilSignal } from './until-signal.ts';

interface Flags {
  out: string;
  speed?: number;
  ms?: number;
  macs?: number;
  sparsity?: number;
  pattern?: string;
  epochs: number;
  steps: number;
  lr?: number;
  by: (typeof criteria)[number];
  evenly?: boolean;
  data?: string;
  threads: number;
  force?: boolean;
}

/** `yosegi prune RUN --speed 2x --out RUN`: the same network with fewer channels, trained again. */
export function pruneCommand(): Command {
  return new Command('prune')
    .description(
      'take whole channels out of a run’s network until it is fast enough here, or single weights, which only storage gains from; and train what is left',
    )
    .argument('<run>', 'the folder of a run')
    .requiredOption('--out <run>', 'run folder to write')
    .addOption(new Option('--speed <factor>', 'so many times as fast on this machine, e.g. 2x').argParser(factor))
    .option('--ms <ms>', 'milliseconds for one picture on this machine', number(0))
    .addOption(new Option('--macs <share>', 'share of the multiply-adds that stays, e.g. 0.5 or 50%').argParser(share))
    .addOption(
      new Option(
        '--sparsity <share>',
        'share of the weights of layers that become zero, the smallest, e.g. 80%: files zip smaller, nothing is faster',
      ).argParser(share),
    )
    .addOption(
      new Option('--pattern <n:m>', 'of each m weights in a row n stay, the others become zero, e.g. 2:4').argParser(
        pattern,
      ),
    )
    .option(
      '--epochs <n>',
      'epochs of training after each step; while single weights go, of all of it',
      whole(1, 100_000),
      5,
    )
    .option('--steps <n>', 'how often is pruned and trained until the target is met', whole(1, 20), 1)
    .option('--lr <rate>', 'peak learning rate (default: the run’s own)', number(0))
    .addOption(
      choice(
        '--by <what>',
        'what a channel is worth: its numbers, the scale behind it, or what the loss would change without it (gradients of some batches)',
        [...criteria],
      ).default('magnitude'),
    )
    .option('--evenly', 'the same share of every group of channels, instead of the least ones anywhere')
    .option('--data <dir>', 'where the images are now (default: where the run found them)')
    .option('--threads <n>', 'threads that milliseconds are measured with', whole(1, 1024), 1)
    .option('--force', 'replace a run that is already in --out')
    .action(run);
}

async function run(folder: string, flags: Flags, command: Command): Promise<void> {
  const { sparsity, pattern: kept } = flags;
  if (sparsity !== undefined || kept !== undefined) return sparsified(folder, flags, command);
  const target = targetOf(flags);
  const shown = trainHooks(flags.out);
  const { out, epochs, steps, lr, by, evenly, data, threads, force } = flags;
  const options = { out, epochs, steps, lr, criterion: by, global: !evenly, data, threads, force };
  const done = await untilSignal(shown, (hooks, signal) =>
    pruneRun({ run: folder, target, ...options, hooks, signal }),
  );
  shown.finish(done.trained);
  process.stdout.write(`before ${sizeText(done.before)}\nnow    ${sizeText(done.after)}\n`);
}

/** Single weights instead of channels. */
async function sparsified(folder: string, flags: Flags, command: Command): Promise<void> {
  const { out, sparsity, pattern: kept, epochs, lr, evenly = false, data, force } = flags;
  check(
    [sparsity, kept, flags.speed, flags.ms, flags.macs].filter((v) => v !== undefined).length === 1,
    'single weights or whole channels? Give one of --sparsity, --pattern, --speed, --ms, --macs; prune twice for both',
  );
  const stray = ['steps', 'by', 'threads'].filter((name) => command.getOptionValueSource(name) === 'cli');
  check(stray.length === 0, () => `--${stray[0]} is for whole channels: leave it out, or --sparsity and --pattern`);
  const shown = trainHooks(out);
  const options = {
    run: folder,
    sparsity: (sparsity ?? kept)!,
    out,
    epochs,
    lr,
    evenly,
    force,
    ...(data !== undefined && { data }),
  };
  const done = await untilSignal(shown, (hooks, signal) => sparsifyRun({ ...options, hooks, signal }));
  shown.finish(done.trained);
  if (done.trained.result.reason === 'stopped') return;
  process.stdout.write(
    `before ${storedText(done.before)}\nnow    ${storedText(done.after)} (best/model.safetensors.gz)\n` +
      'zeros make files smaller, not networks faster: no kernel here leaves them out. --speed and --ms take whole channels\n',
  );
}

function targetOf({ speed, ms, macs }: Flags): Target {
  const given = [speed, ms, macs].filter((v) => v !== undefined);
  check(
    given.length === 1,
    'how fast or how small? One of --speed 2x, --ms 3, --macs 50%, or --sparsity 80%, --pattern 2:4',
  );
  if (speed !== undefined) return { speed };
  return ms === undefined ? { macs: macs! } : { ms };
}

function pattern(given: string): string {
  const [, n, m] = /^(\d+):(\d+)$/.exec(given) ?? [];
  if (!(Number(n) >= 1 && Number(m) > Number(n)))
    throw new InvalidArgumentError('It must be n:m with n below m, such as 2:4.');
  return given;
}

function factor(given: string): number {
  const value = Number(given.replace(/x$/, ''));
  if (!(value > 1 && value <= 100)) throw new InvalidArgumentError('It must be a factor above 1, such as 2x.');
  return value;
}

function share(given: string): number {
  const value = given.endsWith('%') ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError('It must be a share between 0 and 1, such as 0.5 or 50%.');
  return value;
}
