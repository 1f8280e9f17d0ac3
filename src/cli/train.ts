import { constants } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { check } from '../base/errors.ts';
import { recipeNames } from '../data/augment/recipe.ts';
import { imagenetMean, imagenetStd, type Preprocessing, tilesSchema } from '../data/preprocess.ts';
import { samplingSchema, splitOptionsSchema } from '../feed/options.ts';
import { type Branch, withBranch } from '../models/dynamic-perceiver/beside.ts';
import { activations } from '../nn/layers.ts';
import type { Hooks, TrainRunResult } from '../run/node/fit.ts';
import { resumeRun, type TrainRunOptions, trainRun } from '../run/node/train-run.ts';
import { devices } from '../runtime/node/open.ts';
import { taskNamed, taskNames, tasks } from '../tasks/node/registry.ts';
import { trainOptionsSchema } from '../train/options.ts';
import { type PublishedRecipe, publishedRecipe } from '../train/published.ts';
import { adaptersFrom, adaptFlags } from './adapt-options.ts';
import { choice, size } from './arguments.ts';
import { exitsOption } from './branch.ts';
import { addSchemaOptions, pickOptions } from './schema-options.ts';
import { trainHooks } from './train-hooks.ts';

/** Flags that no schema knows. */
export interface TrainFlags {
  out: string;
  task?: string;
  model?: string;
  size?: [number, number];
  augment?: string;
  tiles?: number;
  tileOverlap?: number;
  layout?: string;
  act?: string;
  exits?: Branch;
  published?: boolean;
  cropMode: Preprocessing['cropMode'];
  hflip: boolean;
  vflip: boolean;
  device: TrainRunOptions['device'];
  weights?: string;
  offline?: boolean;
  norm?: keyof typeof norms;
  resume?: boolean;
  allowChanges?: boolean;
  force?: boolean;
}

/** Means and standard deviations that networks were trained with. */
const norms = {
  imagenet: { mean: [...imagenetMean], std: [...imagenetStd] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  unit: { mean: [0, 0, 0], std: [1, 1, 1] },
} satisfies Record<string, Pick<Preprocessing, 'mean' | 'std'>>;

/** What a folder of images may hold, a task after the other. */
export const imagesHelp = `folder of images; ${tasks.map(({ name, expects }) => `${name}: ${expects}`).join('. ')}`;

/** `yosegi train DIR`: from a folder of images to a run folder. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('train a model on a folder of images')
    .argument('[dir]', imagesHelp)
    .requiredOption('--out <run>', 'run folder to write')
    .option('--model <name>', 'model (see yosegi info; default: the one the weights are for, else ascan-nano)')
    .option(
      '--weights <where>',
      'start from trained weights: a .safetensors file, a Hugging Face folder, or an id such as timm/resnet18.a1_in1k',
    );
  return addTrainOptions(command).option('--force', 'replace a run that is already in --out').action(run);
}

/** Everything that says how something is trained, whatever it starts from. */
export function addTrainOptions(command: Command): Command {
  command
    .addOption(choice('--task <name>', 'what to learn (default: what the folder’s data is for)', taskNames))
    .option('--offline', 'never ask the network for weights: the cache must have them')
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
    .addOption(
      new Option(
        '--tiles [scale]',
        'large pictures with small things: cut into overlapping tiles of the input’s size, of the picture at this share of its size (1 where none is given)',
      )
        .argParser(tileScale)
        .preset('1'),
    )
    .option('--tile-overlap <share>', 'with --tiles: how much neighbours overlap (default: 0.25)', overlapShare)
    .option(
      '--published',
      'as the authors trained the model (the perceivers’ recipes: 300 epochs and more, 1024 images a step); what you give goes before it',
    )
    .addOption(
      choice(
        '--augment <recipe>',
        'how training pictures are varied (default: light; of boxes and masks dense, or tiles with --tiles)',
        [...recipeNames],
      ),
    )
    .option('--no-hflip', 'never mirror left-right')
    .option('--vflip', 'also mirror up-down', false);
  addSchemaOptions(command, trainOptionsSchema);
  for (const { options } of tasks) addSchemaOptions(command, options);
  addSchemaOptions(command, adaptFlags);
  addSchemaOptions(command, samplingSchema);
  addSchemaOptions(command, splitOptionsSchema);
  return command
    .addOption(choice('--device <name>', 'where to compute', [...devices]).default('auto'))
    .option('--resume', 'go on with the run in --out, with its own options')
    .option(
      '--allow-changes',
      'with --resume: go on although images, runtime, machine or threads are others than before',
    );
}

async function run(dir: string | undefined, flags: TrainFlags, command: Command): Promise<void> {
  await trainedBy(dir, flags, command);
}

/** Trains as the flags say, shows it, and ends at a signal with a checkpoint. `more` is what they do not say. */
export async function trainedBy(
  dir: string | undefined,
  flags: TrainFlags,
  command: Command,
  more: Partial<TrainRunOptions> = {},
): Promise<TrainRunResult> {
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
      : await start(dir, flags, command, { hooks: hooks.hooks, signal: stop.signal, ...more });
    hooks.finish(done);
    if (done.result.reason === 'stopped') process.exitCode = code;
    return done;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function start(
  dir: string | undefined,
  flags: TrainFlags,
  command: Command,
  more: Partial<TrainRunOptions>,
): Promise<TrainRunResult> {
  check(dir !== undefined, 'which folder of images? yosegi train DIR --out RUN');
  check(!flags.allowChanges, '--allow-changes goes with --resume: leave it out');
  const { out, model, layout, act, cropMode, weights, offline, norm, device, force } = flags;
  const given = isGiven(command);
  const theirs = flags.published ? recipeOf(model) : undefined;
  const published = (part: object = {}) => Object.fromEntries(Object.entries(part).filter(([name]) => !given(name)));
  return trainRun({
    data: dir,
    out,
    task: flags.task,
    model,
    overrides: withBranch({ ...(layout !== undefined && { layout }), ...(act !== undefined && { act }) }, flags.exits),
    size: flags.size,
    preprocessing: {
      cropMode,
      ...(!given('cropMode') && theirs?.preprocessing),
      ...(norm && norms[norm]),
      ...(flags.tiles !== undefined && {
        tiles: tilesSchema.parse({ scale: flags.tiles, overlap: flags.tileOverlap }),
      }),
    },
    weights,
    offline,
    recipe: flags.augment ?? (theirs ? theirs.augment : undefined),
    mirror: { ...(!flags.hflip && { hflip: 0 }), ...(flags.vflip && { vflip: 0.5 }) },
    train: { ...pickOptions(trainOptionsSchema, flags), ...published(theirs?.train) },
    adapters: adaptersFrom(flags, given),
    taskOptions: { ...taskFlags(flags, given), ...published(theirs?.task) },
    ...samplingSchema.parse(flags),
    ...splitOptionsSchema.parse(flags),
    device,
    force,
    ...more,
  });
}

/** Options of tasks that stand on the command line; defaults are each task's own. */
function taskFlags(flags: TrainFlags, given: (name: string) => boolean): Record<string, unknown> {
  const all = (flags.task === undefined ? tasks : [taskNamed(flags.task)]).map(({ options }) =>
    pickOptions(options, flags),
  );
  return Object.fromEntries(Object.entries(Object.assign({}, ...all)).filter(([name]) => given(name)));
}

async function resume(
  dir: string | undefined,
  flags: TrainFlags,
  command: Command,
  hooks: Hooks,
  signal: AbortSignal,
): Promise<TrainRunResult> {
  const own = new Set(['out', 'resume', 'device', 'allowChanges']);
  const isSet = isGiven(command);
  const given = command.options.filter((o) => !own.has(o.attributeName()) && isSet(o.attributeName()));
  check(
    given.length === 0,
    () => `a resumed run keeps the options it was started with: leave out ${given.map((o) => o.long).join(', ')}`,
  );
  const { device, allowChanges } = flags;
  return resumeRun(flags.out, { data: dir, device, allowChanges, hooks, signal });
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

const numberIn = (what: string, low: number, high: number) => (given: string) => {
  const value = given.endsWith('%') ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (!(value > low && value <= high))
    throw new InvalidArgumentError(`It must be ${what} above ${low} and up to ${high}.`);
  return value;
};
const tileScale = numberIn('a share such as 1 or 0.5', 0, 8);
const overlapShare = numberIn('a share such as 0.25 or 25%', 0, 0.9);
