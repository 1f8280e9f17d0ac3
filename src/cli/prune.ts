import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { check } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { isFileAt } from '../base/node/there.ts';
import { criteria } from '../prune/importance.ts';
import { pruneModel } from '../prune/node/prune-model.ts';
import { pruneRun } from '../prune/node/prune-run.ts';
import { sparsifyRun, storedText } from '../prune/node/sparsify-run.ts';
import { type Size, sizeText, type Target } from '../prune/node/target.ts';
import { choice, number, whole } from './arguments.ts';
import { isGiven } from './given.ts';
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
  size?: number;
  force?: boolean;
}

/** `yosegi prune RUN --speed 2x --out RUN`: the same network with fewer channels, trained again; of weights or a model, not trained yet. */
export function pruneCommand(): Command {
  return new Command('prune')
    .description(
      'take whole channels out of a run’s network until it is fast enough here, or single weights, which only storage gains from; and train what is left',
    )
    .argument(
      '<run>',
      'the folder of a run; or weights (as for train --weights) or the folder of an imported model, which lose channels without pictures and are taught again by distill, train or adapt',
    )
    .requiredOption('--out <folder>', 'folder to write: a run; of weights or a model, a model')
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
        'what a channel is worth: its numbers; the scale behind it; what the loss would change without it (gradients of some batches); adapters: the same as far as gradients of what the run learned beside its layers tell it',
        [...criteria],
      ).default('magnitude'),
    )
    .option('--evenly', 'the same share of every group of channels, instead of the least ones anywhere')
    .option('--data <dir>', 'where the images are now (default: where the run found them)')
    .option('--threads <n>', 'threads that milliseconds are measured with', whole(1, 1024), 1)
    .option('--size <pixels>', 'of weights or a model: size of pictures that it is measured at', whole(32, 8192))
    .option('--force', 'replace what is already in --out')
    .action(run);
}

async function run(folder: string, flags: Flags, command: Command): Promise<void> {
  const { sparsity, pattern: kept } = flags;
  if (!(await isFileAt(join(folder, 'run.json')))) return withoutRun(folder, flags, command);
  check(flags.size === undefined, 'a run has a size of its own: leave out --size');
  if (sparsity !== undefined || kept !== undefined) return sparsified(folder, flags, command);
  const target = targetOf(flags);
  const shown = trainHooks(flags.out);
  const { out, epochs, steps, lr, by, evenly, data, threads, force } = flags;
  const options = { out, epochs, steps, lr, criterion: by, global: !evenly, data, threads, force };
  const done = await untilSignal(shown, (hooks, signal) =>
    pruneRun({ run: folder, target, ...options, hooks, signal }),
  );
  shown.finish(done.trained);
  process.stdout.write(sizesText(done));
}

const sizesText = ({ before, after }: { readonly before: Size; readonly after: Size }) =>
  `before ${sizeText(before)}\nnow    ${sizeText(after)}\n`;

/** Channels of a network that nobody trains here. */
async function withoutRun(from: string, flags: Flags, command: Command): Promise<void> {
  const trains = ['epochs', 'steps', 'lr', 'data', 'sparsity', 'pattern'];
  const [stray] = trains.filter(isGiven(command));
  check(
    stray === undefined,
    () =>
      `${from} is no run folder, so nothing is trained here: leave out --${stray}, or give a run ('yosegi train DATA --out RUN' makes one)`,
  );
  const { out, by, evenly, size, threads, force } = flags;
  const target = targetOf(flags);
  const done = await pruneModel({ from, out, target, criterion: by, global: !evenly, size, threads, force });
  const model = shellPath(out);
  process.stdout.write(
    `${sizesText(done)}next: yosegi distill PICTURES --model ${model} --out RUN (it learns again what the whole one sees), then ` +
      `yosegi adapt RUN DIR --out DIFF; or yosegi train DIR --model ${model} --out RUN\n`,
  );
}

/** Single weights instead of channels. */
async function sparsified(folder: string, flags: Flags, command: Command): Promise<void> {
  const { out, sparsity, pattern: kept, epochs, lr, evenly = false, data, force } = flags;
  check(
    [sparsity, kept, flags.speed, flags.ms, flags.macs].filter((v) => v !== undefined).length === 1,
    'single weights or whole channels? Give one of --sparsity, --pattern, --speed, --ms, --macs; prune twice for both',
  );
  const stray = ['steps', 'by', 'threads'].filter(isGiven(command));
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
