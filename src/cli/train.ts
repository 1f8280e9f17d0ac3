import { constants } from 'node:os';
import { Command, Option } from 'commander';
import { check } from '../base/errors.ts';
import { shellPath } from '../base/node/shell.ts';
import { percent } from '../base/text/percent.ts';
import { type RecipeInput, recipe, recipeNames } from '../data/augment/recipe.ts';
import { imagenetMean, imagenetStd, type Preprocessing } from '../data/preprocess.ts';
import { type Branch, withBranch } from '../models/dynamic-perceiver/beside.ts';
import { activations } from '../nn/layers.ts';
import { devices } from '../runtime/node/open.ts';
import { type Hooks, resumeRun, type TrainRunOptions, type TrainRunResult, trainRun } from '../train/node/train-run.ts';
import type { TrainOptions } from '../train/options.ts';
import { type PublishedRecipe, publishedRecipe } from '../train/published.ts';
import { choice, number, numberList, share, size, whole } from './arguments.ts';
import { exitsOption } from './branch.ts';
import { duration, statusLine } from './progress.ts';

interface Flags extends Omit<Partial<TrainOptions>, 'classWeights'> {
  out: string;
  model?: string;
  size?: [number, number];
  augment: string;
  layout?: string;
  act?: string;
  exits?: Branch;
  published?: boolean;
  cropMode: 'center' | 'squash' | 'border';
  classWeights: TrainOptions['classWeights'];
  sampling: 'shuffle' | 'balanced';
  valFraction: number;
  testFraction: number;
  maxBroken: number;
  hflip: boolean;
  vflip: boolean;
  device: TrainRunOptions['device'];
  weights?: string;
  offline?: boolean;
  norm?: keyof typeof norms;
  resume?: boolean;
  force?: boolean;
}

/** Means and standard deviations that networks were trained with. */
const norms = {
  imagenet: { mean: [...imagenetMean], std: [...imagenetStd] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  unit: { mean: [0, 0, 0], std: [1, 1, 1] },
} satisfies Record<string, Pick<Preprocessing, 'mean' | 'std'>>;

/** `yosegi train DIR`: from a folder of images to a run folder. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train a classifier on a folder of images')
    .argument('[dir]', 'class folders, train/val/test folders, class folders with split.json, or IDX files')
    .requiredOption('--out <run>', 'run folder to write')
    .option('--model <name>', 'model (see yosegi info; default: the one the weights are for, else ascan-nano)')
    .option(
      '--weights <where>',
      'start from trained weights: a .safetensors file, a Hugging Face folder, or an id such as timm/resnet18.a1_in1k',
    )
    .option('--offline', 'never ask the network for weights: the cache must have them')
    .option(
      '--freeze <what...>',
      'keep parts as they are: backbone (all but the head), a stage with everything before it, or names with *',
      [],
    )
    .option('--probe', 'linear probe: the backbone runs once over all images, only the head is trained', false)
    .option('--layer-decay <share>', 'learning rate of each block as a share of the one behind it', number(1e-6, 1), 1)
    .addOption(
      choice(
        '--norm <name>',
        'scaling of the input (default: what the weights say, else imagenet)',
        Object.keys(norms),
      ),
    )
    .option('--layout <blocks>', 'another block layout, e.g. CC|CCCT|CCTT|CTTT (default: the model’s own)')
    .addOption(exitsOption())
    .addOption(choice('--act <name>', 'another activation (default: the model’s own)', Object.keys(activations)))
    .addOption(
      new Option(
        '--size <pixels>',
        'input size: 64, or 96x128 (height x width; default: what the weights say, else 64)',
      ).argParser(size),
    )
    .addOption(
      choice('--crop-mode <mode>', 'how pictures of other shapes are fitted', ['center', 'squash', 'border']).default(
        'squash',
      ),
    )
    .option('--epochs <n>', 'passes over the training images', whole(1, 100_000), 30)
    .option('--batch <n>', 'images in one step', whole(1, 4096), 32)
    .addOption(choice('--optimizer <name>', 'optimiser', ['adamw', 'sgd']).default('adamw'))
    .option(
      '--lr <rate>',
      'peak learning rate (default: 2e-3 × batch / 32 for adamw, 0.05 × batch / 32 for sgd)',
      number(1e-12, 100),
    )
    .option('--min-lr <rate>', 'final learning rate', number(0, 100), 1e-5)
    .option('--warmup <epochs>', 'epochs of linear warm-up', number(0), 2)
    .option('--weight-decay <x>', 'decay of weights, never of norms and biases', number(0, 10), 0.05)
    .option('--momentum <x>', 'momentum of sgd', share, 0.9)
    .option(
      '--exit-weights <list>',
      'with exits: weight of each one’s loss, first to last (default: 0.5,0.5,1,1)',
      numberList(0, 1e6),
    )
    .option('--distillation <weight>', 'with exits: what they learn from the last one (default: 0.5)', number(0))
    .option('--temperature <t>', 'with exits: softens what they learn from the last one (default: 1)', number(1e-3))
    .option('--clip <norm>', 'largest gradient norm, 0 for none', number(0), 1)
    .option(
      '--published',
      'as the authors trained the model (the perceivers’ recipes: 300 epochs and more, 1024 images a step); what you give goes before it',
    )
    .addOption(choice('--augment <recipe>', 'how training pictures are varied', [...recipeNames]).default('light'))
    .option('--no-hflip', 'never mirror left-right')
    .option('--vflip', 'also mirror up-down', false)
    .option('--drop-path <rate>', 'stochastic depth of the last block', share, 0)
    .option('--drop-rate <rate>', 'dropout before the classifier', share, 0)
    .option('--ema <decay>', 'moving average of the weights, e.g. 0.998; 0 for none', share, 0)
    .addOption(
      choice('--class-weights <how>', 'weigh rare classes more in the loss', ['none', 'balanced']).default('none'),
    )
    .addOption(
      choice('--sampling <how>', 'every image once an epoch, or every class equally often', [
        'shuffle',
        'balanced',
      ]).default('shuffle'),
    )
    .option(
      '--early-stop <epochs>',
      'stop after so many epochs without a better validation accuracy, 0 for never',
      whole(0),
      0,
    )
    .option('--eval-every <epochs>', 'epochs between validations', whole(1), 1)
    .option('--val-fraction <share>', 'part of train that becomes val where none is given', share, 0.1)
    .option('--test-fraction <share>', 'part that becomes test where nothing is split', share, 0.2)
    .option('--max-broken <share>', 'stop when more than this part of the files is broken', share, 0.05)
    .option('--seed <n>', 'seed of everything that is random', whole(0), 0)
    .option('--threads <n>', 'threads inside one operator (default: all cores)', whole(1, 256))
    .option('--checkpoint-seconds <s>', 'seconds between checkpoints', number(0), 30)
    .option('--recompute', 'compute activations twice instead of keeping them: less memory, more time', false)
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--resume', 'go on with the run in --out, with its own options')
    .option('--force', 'replace a run that is already in --out')
    .action(run);
}

async function run(dir: string | undefined, flags: Flags, command: Command): Promise<void> {
  const stop = new AbortController();
  const hooks = trainHooks(flags.out);
  let code = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    // As a shell reports a program that a signal ended: scripts must not take a part of a training for all of it.
    code = 128 + constants.signals[signal];
    if (stop.signal.aborted) process.exit(code);
    stop.abort();
    hooks.say('stopping after this step; press Ctrl-C again to stop at once');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    const done = flags.resume
      ? await resume(dir, flags, command, hooks.hooks, stop.signal)
      : await start(dir, flags, command, hooks.hooks, stop.signal);
    hooks.finish(done);
    if (done.result.reason === 'stopped') process.exitCode = code;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function start(
  dir: string | undefined,
  flags: Flags,
  command: Command,
  hooks: Hooks,
  signal: AbortSignal,
): Promise<TrainRunResult> {
  check(dir !== undefined, 'which folder of images? yosegi train DIR --out RUN');
  const {
    out,
    model,
    size: pixels,
    augment,
    layout,
    act,
    exits,
    published,
    cropMode,
    sampling,
    valFraction,
    testFraction,
    maxBroken,
    hflip,
    vflip,
    device,
    force,
    weights,
    offline,
    norm,
    resume: _,
    ...train
  } = flags;
  const given = isGiven(command);
  const theirs = published ? recipeOf(model) : undefined;
  const own = Object.fromEntries(Object.entries(theirs?.train ?? {}).filter(([name]) => !given(name)));
  return trainRun({
    data: dir,
    out,
    model,
    overrides: withBranch({ ...(layout !== undefined && { layout }), ...(act !== undefined && { act }) }, exits),
    size: pixels,
    preprocessing: { cropMode, ...(!given('cropMode') && theirs?.preprocessing), ...(norm && norms[norm]) },
    weights,
    offline,
    recipe: flipped(theirs && !given('augment') ? theirs.augment : augment, hflip, vflip),
    sampling,
    train: { ...train, ...own },
    valFraction,
    testFraction,
    maxBroken,
    device,
    force,
    signal,
    hooks,
  });
}

async function resume(
  dir: string | undefined,
  flags: Flags,
  command: Command,
  hooks: Hooks,
  signal: AbortSignal,
): Promise<TrainRunResult> {
  const own = new Set(['out', 'resume', 'device']);
  const isSet = isGiven(command);
  const given = command.options.filter((o) => !own.has(o.attributeName()) && isSet(o.attributeName()));
  check(
    given.length === 0,
    () => `a resumed run keeps the options it was started with: leave out ${given.map((o) => o.long).join(', ')}`,
  );
  return resumeRun(flags.out, { data: dir, device: flags.device, hooks, signal });
}

/** Whether an option, by its attribute's name, stands on the command line. */
const isGiven = (command: Command) => (name: string) => command.getOptionValueSource(name) === 'cli';

function recipeOf(model: string | undefined): PublishedRecipe {
  const found = model === undefined ? undefined : publishedRecipe(model);
  check(
    found,
    () =>
      `the recipe of ${model ?? 'the default model'} is not known: --published is for models such as mobilenetV3_0x75_perceiver_t128`,
  );
  return found;
}

function flipped(augment: string | RecipeInput, hflip: boolean, vflip: boolean) {
  const chosen = recipe(augment);
  return { ...chosen, hflip: hflip ? chosen.hflip : 0, vflip: vflip ? 0.5 : chosen.vflip };
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** What training shows: a status line, a line an epoch, and what to do next. */
export function trainHooks(out: string, prefix = 'yosegi') {
  const line = statusLine();
  const say = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  const hooks: Hooks = {
    onScan: (done, total) => line.show(`reading images ${done}/${total}`),
    onNotice: say,
    onStart: ({ run: r, settings, model, resumedAt }) => {
      const { train: n, val, test } = r.images;
      say(
        `${model.name}: ${(r.parameters / 1e6).toFixed(2)} M parameters, ${(r.macs / 1e6).toFixed(0)} M multiply-adds an image of ${r.preprocessing.size.join('×')}`,
      );
      const from = r.pretrained;
      if (from) {
        const head = from.headReplaced ? 'a new head' : 'their own head';
        const resized = from.resized.length > 0 ? `, ${from.resized.length} resized for this input` : '';
        say(`weights of ${from.weights}: ${from.loaded} tensors${resized}, ${head}`);
        if (from.surplus.length > 0)
          say(`  left over: ${from.surplus.slice(0, 4).join(', ')}${from.surplus.length > 4 ? ' …' : ''}`);
      }
      say(`${r.classes.length} classes; ${n} images to train on, ${val} to validate, ${test} to test`);
      if (r.problems.length > 0)
        say(`${r.problems.length} files could not be used, e.g. ${r.problems[0]!.file}: ${r.problems[0]!.reason}`);
      say(
        resumedAt > 0
          ? `going on at step ${resumedAt}`
          : `${settings.train.epochs} epochs of ${Math.max(1, Math.floor(n / settings.train.batch))} steps; Ctrl-C stops safely`,
      );
    },
    onDownload: (done, total) => line.show(`downloading weights ${mib(done)} of ${mib(total)}`),
    onFeatures: (split, done, of) => line.show(`features of the ${split} images ${percent(done / of)}`),
    onStep: (e) =>
      line.show(
        `epoch ${e.epoch + 1}  step ${e.batch}/${e.batches}  loss ${e.loss.toFixed(3)}  accuracy ${percent(e.accuracy)}  ` +
          `${e.imagesPerSecond.toFixed(0)} img/s  ${duration(e.eta)} left`,
      ),
    onEpoch: (e) =>
      say(
        `epoch ${String(e.epoch + 1).padStart(3)}  loss ${e.trainLoss.toFixed(3)}  train ${percent(e.trainAccuracy)}  ` +
          `val ${percent(e.valAccuracy)}${e.valLoss === null ? '' : ` (loss ${e.valLoss.toFixed(3)})`}  ` +
          `${e.exits ? `exits ${e.exits.map((a) => percent(a)).join(', ')}  ` : ''}` +
          `${e.imagesPerSecond.toFixed(0)} img/s  ${duration(e.seconds)}${e.best ? '  best' : ''}`,
      ),
  };
  const finish = ({ result }: TrainRunResult) => {
    line.clear();
    const { reason, best } = result;
    const words = {
      finished: 'finished',
      stopped: `stopped; go on with: ${prefix} train --resume --out ${shellPath(out)}`,
      'no improvement': 'stopped early: the validation accuracy no longer rises',
    };
    say(words[reason]);
    const what = result.history.some((e) => e.exits) ? 'mean validation accuracy of the exits' : 'validation accuracy';
    if (best) say(`best: epoch ${best.epoch + 1}, ${what} ${percent(best.accuracy)}, loss ${best.loss.toFixed(3)}`);
    if (best && reason !== 'stopped')
      say(
        `next: ${['eval', 'bench', 'report', 'export'].map((verb) => `${prefix} ${verb} ${shellPath(out)}`).join('; ')}`,
      );
  };
  return { hooks, say, finish };
}
