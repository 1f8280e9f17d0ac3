import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultRecipe, recipeNames } from '../data/augment/recipe.ts';
import { imagenetMean, imagenetStd, type Preprocessing } from '../data/preprocess.ts';
import { samplingSchema, splitOptionsSchema } from '../feed/options.ts';
import type { Branch } from '../models/dynamic-perceiver/beside.ts';
import { activations } from '../nn/layers.ts';
import type { TrainRunOptions } from '../run/node/train-run.ts';
import { devices } from '../runtime/node/open.ts';
import { taskNames, tasks } from '../tasks/node/registry.ts';
import { trainOptionsSchema } from '../train/options.ts';
import { adaptFlags } from './adapt-options.ts';
import { choice, size } from './arguments.ts';
import { exitsOption } from './branch.ts';
import { addSchemaOptions } from './schema-options.ts';

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
  scratch?: boolean;
  offline?: boolean;
  norm?: keyof typeof norms;
  resume?: boolean;
  stages?: string;
  allowChanges?: boolean;
  force?: boolean;
}

/** Means and standard deviations that networks were trained with. */
export const norms = {
  imagenet: { mean: [...imagenetMean], std: [...imagenetStd] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  unit: { mean: [0, 0, 0], std: [1, 1, 1] },
} satisfies Record<string, Pick<Preprocessing, 'mean' | 'std'>>;

/** What a folder of images may hold, a task after the other. */
export const imagesHelp = `folder of images; ${tasks.map(({ name, expects }) => `${name}: ${expects}`).join('. ')}`;

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
        `how training pictures are varied (default: ${defaultRecipe}; of boxes and masks dense, or tiles with --tiles)`,
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

const numberIn = (what: string, low: number, high: number) => (given: string) => {
  const value = given.endsWith('%') ? Number(given.slice(0, -1)) / 100 : Number(given);
  if (!(value > low && value <= high))
    throw new InvalidArgumentError(`It must be ${what} above ${low} and up to ${high}.`);
  return value;
};
const tileScale = numberIn('a share such as 1 or 0.5', 0, 8);
const overlapShare = numberIn('a share such as 0.25 or 25%', 0, 0.9);
