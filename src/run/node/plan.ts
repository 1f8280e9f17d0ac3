import { isDeepStrictEqual } from 'node:util';
import { adaptModel } from '../../adapters/adapt.ts';
import { type AdapterOptions, adapterOptions } from '../../adapters/options.ts';
import { check } from '../../base/errors.ts';
import { kebab } from '../../base/text/kebab.ts';
import { defaultRecipe, type RecipeInput, recipe } from '../../data/augment/recipe.ts';
import { type Preprocessing, preprocessing } from '../../data/preprocess.ts';
import type { Sampling } from '../../feed/batch.ts';
import { samplingSchema, splitOptionsSchema } from '../../feed/options.ts';
import { type Autoencoder, latentShape } from '../../models/autoencoder/autoencoder.ts';
import type { Model } from '../../models/model.ts';
import { answersAtExits } from '../../models/network.ts';
import type { NodeTask } from '../../tasks/node/task.ts';
import type { Says } from '../../tasks/taught.ts';
import { frozenParameters } from '../../train/freeze.ts';
import { type TrainOptions, trainOptions } from '../../train/options.ts';
import type { Settings } from '../settings.ts';
import { checkedTaskOptions } from '../task-options.ts';
import { openAutoencoder } from './autoencoder/open.ts';
import { openModel, ownInput } from './open-model.ts';
import type { Pretrained } from './pretrained.ts';

/** What of a training is decided before any picture is looked at. */
export interface PlanOptions {
  /** Name of the model, or a folder that `yosegi import` wrote. */
  readonly model?: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Input size in pixels: one number, or height and width. Default: what the weights say, else 64. */
  readonly size?: number | readonly [number, number];
  readonly preprocessing?: Partial<Omit<Preprocessing, 'size'>>;
  /** Name of an augmentation recipe, or one of your own. Default: 'tiles' where pictures are cut into tiles, else the task's own, else {@link defaultRecipe}. */
  readonly recipe?: string | RecipeInput;
  /** How often pictures are mirrored, in place of what the recipe says. */
  readonly mirror?: { readonly hflip?: number; readonly vflip?: number };
  readonly sampling?: Sampling;
  readonly train?: Partial<TrainOptions>;
  /** Freezes the backbone and learns something small beside its layers. */
  readonly adapters?: Partial<AdapterOptions>;
  /** Options that only the task has. */
  readonly taskOptions?: Readonly<Record<string, unknown>>;
  readonly valFraction?: number;
  readonly testFraction?: number;
  readonly maxBroken?: number;
}

export interface Plan {
  readonly task: NodeTask;
  readonly model: string;
  /** What is asked of the model's configuration, by the user or by what it works on. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly settings: Settings;
  readonly preprocessing: Preprocessing;
  /** The autoencoder before the network, and as it was called; absent where the network works on pixels. */
  readonly stage?: { readonly from: string; readonly auto: Autoencoder };
}

/**
 * Decides how a model is trained; a wrong layout, size or option is said here, before the data is read.
 * @throws YosegiError that names what is wrong
 */
export async function planOf(
  task: NodeTask,
  options: PlanOptions,
  start: Pretrained | undefined,
  says?: Says,
): Promise<Plan> {
  if (task.fitting) checkFitted(task, options);
  const model = options.model ?? start?.model ?? task.defaults?.model ?? 'ascan-nano';
  const input = start?.input ?? (await ownInput(model));
  const settings: Settings = {
    train: trainOptions({ ...task.defaults?.train, ...fineTuned(task, options, start), ...options.train }),
    task: checkedTaskOptions(task, options.taskOptions ?? {}),
    ...(options.adapters && { adapters: adapterOptions(options.adapters) }),
    recipe: recipe(
      options.recipe ?? (options.preprocessing?.tiles ? 'tiles' : (task.defaults?.recipe ?? defaultRecipe)),
      options.mirror,
    ),
    ...samplingSchema.parse(options),
    ...splitOptionsSchema.parse(options),
  };
  const p = preprocessing({
    ...task.defaults?.input,
    ...input,
    cropMode: 'squash',
    cropPct: 1,
    ...options.preprocessing,
    size: sizePair(options.size ?? input?.size ?? 64),
  });
  check(!p.tiles || task.tiles, () => `the task ${task.name} looks at a picture as a whole: leave out --tiles`);
  const classes = Math.max(1, task.leastClasses);
  const stage = await stageOf(task, settings, p);
  const overrides = { ...(stage && task.models?.onLatents?.(model)), ...options.overrides };
  const tried = await openModel(
    model,
    { ...(stage ? latentShape(stage.auto) : { size: p.size }), classes },
    overrides,
    task.models,
  );
  const settled = settledTask(task, settings, { pictures: 2, model: tried.model, says });
  const network = task.network(tried.model, settled);
  check(
    !tried.model.exits || answersAtExits(network),
    () =>
      `${tried.model.name} has exits, and the task ${task.name} answers at the end: take a model without, or leave out --exits`,
  );
  check(
    !settings.adapters || !settings.train.probe,
    'a linear probe trains a head alone: leave out --probe or --adapt',
  );
  const adapted = settings.adapters && adaptModel(tried.model, settings.adapters).model;
  frozenParameters(adapted ? task.network(adapted, settled) : network, settings.train.freeze);
  check(
    !settings.train.probe || task.probe,
    () => `a linear probe is not possible for the task ${task.name}: leave out --probe`,
  );
  check(
    !settings.train.probe || task.probe?.(network),
    () =>
      `a linear probe trains one head, and ${tried.model.name} has ${Object.keys(network.outputs).length}: leave out one`,
  );
  check(
    !(start && tried.imported) || start.model === model,
    'an imported model comes with its own weights: leave out --weights, or --model where the weights are a run’s',
  );
  return { task, model, overrides, settings, preprocessing: p, ...(stage && { stage }) };
}

/** The autoencoder before the network, where the task's options name one. */
async function stageOf(task: NodeTask, { task: options, recipe: varied, sampling }: Settings, p: Preprocessing) {
  const from = task.makes?.firstStage(options);
  if (from === undefined) return undefined;
  const { name: _n, hflip: _h, ...rest } = varied;
  const { name: _m, hflip: _g, ...none } = recipe('none');
  check(
    isDeepStrictEqual(rest, none) && sampling === 'shuffle',
    'pictures are encoded once, as they are and mirrored left-right: leave out --augment, --vflip and --sampling',
  );
  return { from, auto: await openAutoencoder(from, p.size) };
}

/** How weights that nobody named are fine-tuned; adapters and probes freeze by themselves. */
function fineTuned(task: NodeTask, { adapters, train }: PlanOptions, start: Pretrained | undefined): object {
  const own = adapters !== undefined || train?.probe === true || task.fitting !== undefined;
  return own ? {} : (start?.fineTune ?? {});
}

/** The task's options with what depends on the pictures, where there is such. */
export const settledTask = (
  task: NodeTask,
  { train, task: options }: Settings,
  { says, ...facts }: { readonly pictures: number; readonly model: Model; readonly says?: Says | undefined },
): Settings['task'] => {
  const known = says && task.taught ? task.taught.settle(options, says) : options;
  return { ...(task.fitting?.settle(known, { ...facts, seed: train.seed }) ?? known) };
};

/** Options of training that are for any work on pictures. */
const always = ['seed', 'threads'];

/** @throws YosegiError that names what makes no sense where nothing is trained step by step */
function checkFitted(
  { name }: NodeTask,
  { train = {}, adapters, recipe: varied, mirror = {}, sampling }: PlanOptions,
): void {
  const steps = Object.entries(train).flatMap(([option, value]) =>
    value === undefined || always.includes(option) ? [] : [`--${kebab(option)}`],
  );
  const flips = [
    ...(mirror.hflip === undefined ? [] : ['--no-hflip']),
    ...(mirror.vflip === undefined ? [] : ['--vflip']),
  ];
  const stray = [
    ...steps,
    ...(varied === undefined ? [] : ['--augment']),
    ...flips,
    ...(sampling === undefined ? [] : ['--sampling']),
    ...(adapters === undefined ? [] : ['--adapt']),
  ];
  check(
    stray.length === 0,
    () => `the task ${name} looks at the pictures as they are, without training steps: leave out ${stray.join(', ')}`,
  );
}

const sizePair = (size: number | readonly [number, number]): [number, number] =>
  typeof size === 'number' ? [size, size] : [size[0], size[1]];
