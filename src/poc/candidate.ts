import { z } from 'zod';
import type { NodeTask } from '../tasks/node/task.ts';
import type { PretrainedConfig } from '../weights/config.ts';

/** Ways to a network for a task. */
export const ways = ['probe', 'fine-tune', 'adapters', 'exits', 'scratch', 'fit', 'prune'] as const;
export type Way = (typeof ways)[number];

const options = z.record(z.string(), z.unknown());

/** One thing that is tried. Plain JSON: `options` are those of a training run. */
export const candidateSchema = z.strictObject({
  /** What its run folders are called by, e.g. `fine-tune-128`. */
  name: z.string().regex(/^[\w-]+$/),
  way: z.enum(ways),
  options: z.strictObject({
    weights: z.string().optional(),
    model: z.string().optional(),
    scratch: z.literal(true).optional(),
    size: z.int().min(1).optional(),
    overrides: options.optional(),
    adapters: options.optional(),
    train: options.optional(),
  }),
  /** Epochs of its first, short training; 0: it has no epochs. Each later one is three times as long. */
  epochs: z.int().min(0),
  /** Epochs from which on more are not worth their time. */
  most: z.int().min(0),
});
export type Candidate = z.output<typeof candidateSchema>;

/** Weights that trainings may start from. */
export interface Source {
  /** As `--weights` takes it. */
  readonly weights: string;
  readonly config: Pick<PretrainedConfig, 'input'>;
  /** Options of training that are good for it. */
  readonly fineTune: Readonly<Record<string, unknown>>;
}

/** Networks of our own that are trained from scratch, and the side of their input in pixels. */
const own = [
  { model: 'ascan-micro', size: 64 },
  { model: 'ascan-nano', size: 96 },
];
/** A smaller input, as a share of the weights' own. */
const SMALLER = 4 / 7;
/** Sides are whole multiples of a network's stride. */
const STRIDE = 32;

/**
 * What somebody who knows the trade would try: a probe and fine-tuning of all weights at hand at two input sizes, adapters, early exits, a
 * small network from scratch. What a task's record does not allow is left out.
 */
export function candidatesFor(
  task: Pick<NodeTask, 'probe' | 'fitting' | 'early' | 'models'>,
  sources: readonly Source[],
  wanted: readonly Way[] = ways,
): Candidate[] {
  const ofWeights = sources.flatMap(({ weights, config, fineTune }, i): Candidate[] => {
    const side = config.input.size[0];
    const smaller = Math.round((SMALLER * side) / STRIDE) * STRIDE;
    const from = i === 0 ? '' : `-${weights.replace(/^box:/, '').replace(/[^\w]+/g, '-')}`;
    const one = (way: Way, size: number, rest: Omit<Candidate, 'name' | 'way'>): Candidate => {
      return { name: `${way}${from}-${size}`, way, ...rest, options: { weights, size, ...rest.options } };
    };
    return [side, smaller].flatMap((size) => [
      ...(task.fitting ? [one('fit', size, { options: {}, epochs: 0, most: 0 })] : []),
      ...(task.probe ? [one('probe', size, { options: { train: { probe: true } }, epochs: 20, most: 40 })] : []),
      ...(task.fitting ? [] : [one('fine-tune', size, { options: { train: fineTune }, epochs: 2, most: 20 })]),
      ...(task.fitting ? [] : [one('adapters', size, { options: { adapters: {} }, epochs: 2, most: 20 })]),
      ...(task.early && size === smaller
        ? [one('exits', size, { options: { overrides: { perceiver: {} }, train: fineTune }, epochs: 2, most: 20 })]
        : []),
    ]);
  });
  const fromScratch = own.map(({ model, size }): Candidate => {
    return {
      name: `scratch-${model}-${size}`,
      way: 'scratch',
      options: { model, size, scratch: true },
      epochs: 6,
      most: 60,
    };
  });
  return [...ofWeights, ...(task.fitting ? [] : fromScratch)].filter(({ way }) => wanted.includes(way));
}
