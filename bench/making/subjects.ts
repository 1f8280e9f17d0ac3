import { z } from 'zod';
import { oneOf } from '../../src/base/errors.ts';
import { graphCost } from '../../src/graph/cost.ts';
import { graph } from '../../src/graph/graph.ts';
import type { Denoiser } from '../../src/models/denoiser/denoiser.ts';
import { createDenoiser } from '../../src/models/denoisers.ts';

/** A network that makes pictures, and what of it is timed on every side: a training step, or pictures out of noise. */
export const makingSubjectSchema = z.object({
  /** Name of the network, with the numbers that its family is made of; both sides are built from these. */
  model: z.string(),
  family: z.enum(['ascan-unet', 'dit']),
  config: z.record(z.string(), z.unknown()),
  size: z.int(),
  classes: z.int(),
  mode: z.enum(['train', 'sample']),
  batch: z.int(),
});
export type MakingSubject = z.infer<typeof makingSubjectSchema>;

/** How pictures are made in the race; DPM-Solver++ 2M, and two looks a step. */
export const making = { steps: 20, guidance: 2, sampler: 'dpm' } as const;
/** Share of the pictures whose class is not told in training. */
export const LABEL_DROPOUT = 0.1;

/** Both have 0.4 G multiply-adds a look. */
const models = {
  'ascan-unet': {
    model: 'ascan-unet-micro',
    family: 'ascan-unet',
    config: { patch: 2, widths: [32, 64, 128], layout: 'CCC|CCT|CTT', expand: 2, headDim: 32, condition: 128 },
  },
  dit: { model: 'dit-micro', family: 'dit', config: { patch: 4, width: 128, depth: 6, heads: 4 } },
} as const;
type MakingKey = keyof typeof models;
export const makingModelKeys = Object.keys(models) as MakingKey[];

/** What is raced of these networks; a quick race makes one picture at a time only. */
export function makingSubjects(keys: readonly string[], quick: boolean): MakingSubject[] {
  return keys.flatMap((key) => {
    const about = { ...models[oneOf('model', key, makingModelKeys)], size: 64, classes: 10 };
    const all: MakingSubject[] = [
      { ...about, mode: 'train', batch: 16 },
      { ...about, mode: 'sample', batch: 1 },
      { ...about, mode: 'sample', batch: 8 },
    ];
    return all.filter((s) => !(quick && s.mode === 'sample' && s.batch > 1));
  });
}

export const makingTitleOf = ({ model, size, mode, batch }: MakingSubject) =>
  `${model} ${size} px, ${mode === 'train' ? `training step, batch ${batch}` : `${making.steps} steps with guidance, ${batch === 1 ? '1 picture' : `${batch} pictures`}`}`;

export const denoiserOf = ({ model, config, size, classes }: MakingSubject): Denoiser =>
  createDenoiser(model, { size, classes }, config);

/** Floating-point operations of one iteration: a training step counts three looks, a step with guidance two. */
export const makingFlopsOf = (s: MakingSubject) => {
  const { flops } = graphCost(graph({ logits: denoiserOf(s).logits }), { N: s.batch });
  return flops * (s.mode === 'train' ? 3 : 2 * making.steps);
};

/** The same network in the words of reference/generate. */
export function makingPeerModel({ family, config }: MakingSubject) {
  const { headDim, mlpRatio, ...rest } = config;
  return {
    family,
    options: {
      ...rest,
      ...(headDim !== undefined && { head_dim: headDim }),
      ...(mlpRatio !== undefined && { mlp_ratio: mlpRatio }),
    },
  };
}
