import { Command } from 'commander';
import type { z } from 'zod';
import { check } from '../base/errors.ts';
import { spelt } from '../base/node/spelt.ts';
import { tilesSchema } from '../data/preprocess.ts';
import { samplingSchema, splitOptionsSchema } from '../feed/options.ts';
import { withBranch } from '../models/dynamic-perceiver/beside.ts';
import type { TrainRunResult } from '../run/node/fit.ts';
import { openMpi } from '../run/node/mpi.ts';
import { resumeRun } from '../run/node/resume-run.ts';
import { type TrainRunOptions, trainRun } from '../run/node/train-run.ts';
import { taskNamed, tasks } from '../tasks/node/registry.ts';
import { trainOptionsSchema } from '../train/options.ts';
import { type PublishedRecipe, publishedRecipe } from '../train/published.ts';
import { DEFAULT_WEIGHTS } from '../weights/node/box.ts';
import { adaptersFrom } from './adapt-options.ts';
import { givenBeside, isGiven } from './given.ts';
import { pickOptions } from './schema-options.ts';
import { stagesOf } from './stages.ts';
import { trainHooks } from './train-hooks.ts';
import { addTrainOptions, imagesHelp, norms, type TrainFlags } from './train-options.ts';
import { untilSignal } from './until-signal.ts';

/** `yosegi train DIR`: from a folder of images to a run folder. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('train a model on a folder of images')
    .argument('[dir]', imagesHelp)
    .requiredOption('--out <run>', 'run folder to write')
    .option('--model <name>', 'model (see yosegi info; default: the one the weights are for)')
    .option(
      '--weights <where>',
      `start from trained weights: in the box, a .safetensors file, a Hugging Face folder, or an id such as timm/resnet18.a1_in1k (default, where no model is named: ${DEFAULT_WEIGHTS}, whose later part is fine-tuned)`,
    )
    .option('--scratch', 'start from random weights (default model: ascan-nano)')
    .option(
      '--stages <file.json>',
      'trainings one after the other, each from the weights of the one before, in folders of --out; what stands here holds for all; begun ones go on',
    );
  return addTrainOptions(command).option('--force', 'replace a run that is already in --out').action(run);
}

async function run(dir: string | undefined, flags: TrainFlags, command: Command): Promise<void> {
  const ranks = await openMpi();
  if (flags.stages === undefined) await trainedBy(dir, flags, command, ranks && { ranks });
  else await trainStages(flags.stages, dir, flags, command, ranks && { ranks });
  ranks?.close();
}

/** Trains stage by stage; ends where one is stopped. */
async function trainStages(
  file: string,
  dir: string | undefined,
  { out, force }: TrainFlags,
  given: Command,
  more: Partial<TrainRunOptions> = {},
): Promise<void> {
  const stages = await stagesOf(file, dir, { given, out, make: trainCommand });
  for (const [i, { name, out: folder, begun, dir: data, command }] of stages.entries()) {
    if ((more.ranks?.rank ?? 0) === 0) process.stderr.write(`stage ${i + 1} of ${stages.length}, ${name}: ${folder}\n`);
    const again = begun && !force;
    const own = again
      ? trainCommand()
          .action(() => {})
          .parse(['--out', folder, '--resume'], { from: 'user' })
      : command;
    const flags = { ...own.opts<TrainFlags>(), ...(force && { force }) };
    const { result } = await trainedBy(again ? undefined : data, flags, own, more);
    if (result.reason === 'stopped') return;
  }
}

/** Trains as the flags say, shows it, and ends at a signal with a checkpoint. `more` is what they do not say. */
export async function trainedBy(
  asked: string | undefined,
  flags: TrainFlags,
  command: Command,
  more: Partial<TrainRunOptions> = {},
): Promise<TrainRunResult> {
  const dir = asked === undefined ? undefined : ((await spelt(asked)) ?? asked);
  // Of processes that train together one speaks.
  const shown = (more.ranks?.rank ?? 0) > 0 ? silent : trainHooks(flags.out);
  const done = await untilSignal(shown, (hooks, signal) =>
    flags.resume
      ? resume(dir, flags, command, { hooks, signal, ...more })
      : start(dir, flags, command, { hooks, signal, ...more }),
  );
  shown.finish(done);
  return done;
}

const silent: ReturnType<typeof trainHooks> = { hooks: {}, say: () => {}, finish: () => {} };

function start(
  dir: string | undefined,
  flags: TrainFlags,
  command: Command,
  more: Partial<TrainRunOptions>,
): Promise<TrainRunResult> {
  check(dir !== undefined, 'which folder of images? yosegi train DIR --out RUN');
  check(!flags.allowChanges, '--allow-changes goes with --resume: leave it out');
  const { out, model, layout, act, cropMode, weights, scratch, offline, norm, device, force } = flags;
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
    scratch,
    offline,
    recipe: flags.augment ?? (theirs ? theirs.augment : undefined),
    mirror: { ...(!flags.hflip && { hflip: 0 }), ...(flags.vflip && { vflip: 0.5 }) },
    train: { ...givenOf(trainOptionsSchema, flags, given), ...published(theirs?.train) },
    adapters: adaptersFrom(flags, given),
    taskOptions: { ...taskFlags(flags, given), ...published(theirs?.task) },
    ...givenOf(samplingSchema, flags, given),
    ...splitOptionsSchema.parse(flags),
    device,
    force,
    ...more,
  });
}

/** The part of a schema's options that stand on the command line; the defaults are the schema's own. */
const givenOf = (schema: z.ZodObject, flags: TrainFlags, given: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(pickOptions(schema, flags)).filter(([name]) => given(name)));

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
  { hooks, signal, ranks }: Partial<TrainRunOptions>,
): Promise<TrainRunResult> {
  const given = givenBeside(command, ['out', 'resume', 'device', 'allowChanges']);
  check(
    given.length === 0,
    () => `a resumed run keeps the options it was started with: leave out ${given.map((o) => o.long).join(', ')}`,
  );
  const { device, allowChanges } = flags;
  return resumeRun(flags.out, { data: dir, device, allowChanges, hooks, signal, ranks });
}

function recipeOf(model: string | undefined): PublishedRecipe {
  const found = model === undefined ? undefined : publishedRecipe(model);
  check(
    found,
    () =>
      `the recipe of ${model ?? 'the default model'} is not known: --published is for models such as mobilenetV3_0x75_perceiver_t128`,
  );
  return found;
}
