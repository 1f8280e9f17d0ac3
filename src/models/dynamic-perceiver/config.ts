import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { count, listOf } from '../configuration.ts';
import type { Place } from './places.ts';
import type { TrunkName } from './trunks.ts';

const perStage = listOf(z.number());

/** What a user may choose of the branch; what is left out has the published configurations' value. */
export const branchSchema = z.strictObject({
  latents: count
    .optional()
    .describe('tokens of the latent code in the first stage, each later one has half; a multiple of 8 (128)'),
  widths: listOf(count)
    .optional()
    .describe('channels of the latent code in each of four stages; left out: those of the maps that it meets'),
  layers: perStage.optional().describe('self-attention layers in each of four stages, 0 for none (3, 3, 9, 3)'),
  heads: listOf(count).optional().describe('heads of the self-attention in each stage (1, 2, 4, 8)'),
  mlpRatio: z
    .number()
    .positive()
    .optional()
    .describe('hidden width of the self-attention layers’ MLPs over their width (4)'),
  grid: z.number().optional().describe('side of the grid that maps are pooled to before the latents read them (7)'),
  x2z: z
    .union([z.boolean(), listOf(z.int())], { error: 'true, false, or a list of stages from 1 to 4' })
    .optional()
    .describe('stages before which the latents read the map: true is all four, false the first (true)'),
  z2x: z.boolean().optional().describe('the map reads the latents between stages (true)'),
  depthwise: z.boolean().optional().describe('a 7×7 depthwise convolution before the map is pooled (true)'),
  lastZ2x: z.boolean().optional().describe('the last map reads the latents before the merged classifier (true)'),
  merged: z
    .boolean()
    .optional()
    .describe('a last classifier reads the last map and the latents; without, the backbone’s own is the last (true)'),
  interStage: z.boolean().optional().describe('the logits of a latent exit are fed to the next (true)'),
  hidden: count.optional().describe('hidden layer of the merged classifier; left out: none'),
  depthFactor: perStage.optional().describe('multiplies `layers`, stage by stage, and rounds up (1, 1, 1, 1)'),
  places: listOf(z.string())
    .optional()
    .describe('four blocks before which the branch meets the trunk; left out: the first, and the ends of three stages'),
});

/** Options of the branch as they stand in a run.json. */
export type Branch = z.infer<typeof branchSchema>;

/** What a caller may choose; everything has the published configurations' value. */
export interface DynamicPerceiverOptions extends Omit<Branch, 'places'> {
  /** Four blocks before which the branch meets the trunk, by name, or the maps themselves. */
  readonly places?: readonly Place[] | undefined;
  /** Gives the parameters the official code's names. */
  readonly trunk?: TrunkName | undefined;
}

/** The classification branch, complete. */
export interface BranchOptions
  extends Required<Omit<Branch, 'widths' | 'x2z' | 'hidden' | 'depthFactor' | 'places'>>,
    Pick<Branch, 'widths' | 'hidden'> {
  /** Stages (1 to 4) before which the latents read the map. */
  readonly x2z: readonly number[];
}

/** Options with the published values filled in; throws where they do not fit together. */
export function branchOptions(options: DynamicPerceiverOptions): BranchOptions {
  const { depthFactor = [1, 1, 1, 1], layers = [3, 3, 9, 3], heads = [1, 2, 4, 8], latents = 128 } = options;
  const { mlpRatio = 4, grid = 7, hidden, widths } = options;
  const { x2z = true, z2x = true, depthwise = true, lastZ2x = true, merged = true, interStage = true } = options;
  for (const [name, list] of Object.entries({ depthFactor, layers, heads, ...(widths && { widths }) }))
    check(
      list.length === 4 && list.every((n) => n > 0 || (n === 0 && name === 'layers')),
      `'${name}' has one positive number for each of four stages, got [${list}]`,
    );
  check(
    Number.isInteger(latents) && latents >= 8 && latents % 8 === 0,
    `the number of latents is halved three times and must be a multiple of 8, got ${latents}`,
  );
  const reads = x2z === true ? [1, 2, 3, 4] : x2z === false ? [1] : x2z;
  check(
    reads.every((s) => [1, 2, 3, 4].includes(s)) && reads.some((s) => s <= 3),
    `the latents read the map before stages 1 to 4, and at least once before the first exit (stage 3), got [${reads}]`,
  );
  check(Number.isInteger(grid) && grid >= 1, `maps are pooled to a grid of at least 1×1, got ${grid}`);
  return {
    latents,
    layers: layers.map((n, i) => Math.ceil(n * depthFactor[i]!)),
    heads,
    mlpRatio,
    grid,
    x2z: reads,
    z2x,
    depthwise,
    lastZ2x,
    merged,
    interStage,
    ...(hidden !== undefined && { hidden }),
    ...(widths && { widths }),
  };
}

/** A registered configuration: a backbone by name, and the branch beside it. */
export const dynamicPerceiverSchema = branchSchema.extend({
  backbone: z.string().describe('the model that the branch stands beside'),
  backboneOptions: z.record(z.string(), z.unknown()).optional().describe('overrides of its configuration'),
  trunk: z
    .enum(['resnet', 'regnet', 'mobilenetv3'])
    .optional()
    .describe('gives the parameters the names that the official code has for this kind of backbone'),
});

type DynamicPerceiverConfig = z.infer<typeof dynamicPerceiverSchema>;

interface Published extends DynamicPerceiverConfig {
  readonly latentCounts: readonly number[];
}

const regnet = { trunk: 'regnet', depthFactor: [1, 1, 1, 2] } as const;
const bottlenecks = (width: number, latentCounts: readonly number[]): Published => ({
  backbone: 'resnet50',
  backboneOptions: { width },
  trunk: 'resnet',
  latentCounts,
});
const mobile = (backbone: string, hidden: number): Published => ({
  backbone,
  hidden,
  trunk: 'mobilenetv3',
  depthFactor: [1, 1, 1, 3],
  latentCounts: [128, 256, 512],
});

/**
 * The official code's models, by its names without `_perceiver_t{latents}`, with the depth factors of its released recipes (for
 * ResNet-18 and -34, which have none, its default).
 */
const published: Readonly<Record<string, Published>> = {
  reg400m: { backbone: 'regnety_004', ...regnet, latentCounts: [32, 64, 128, 256, 512] },
  reg800m: { backbone: 'regnety_008_tv', ...regnet, latentCounts: [32, 64, 128, 256, 512] },
  reg1x6g: { backbone: 'regnety_016', ...regnet, latentCounts: [128, 256, 512] },
  reg3x2g: { backbone: 'regnety_032', ...regnet, latentCounts: [128, 256, 512] },
  resnet18: { backbone: 'resnet18', trunk: 'resnet', depthFactor: [1, 1, 1, 3], latentCounts: [128, 256, 512] },
  resnet34: { backbone: 'resnet34', trunk: 'resnet', depthFactor: [1, 1, 1, 3], latentCounts: [128, 256, 512] },
  resnet50_0375: bottlenecks(0.375, [64, 128, 256]),
  resnet50_050: bottlenecks(0.5, [64, 128, 256]),
  resnet50_0625: bottlenecks(0.625, [128, 160, 192, 256]),
  resnet50_075: bottlenecks(0.75, [128, 256]),
  resnet50: bottlenecks(1, [64, 128, 256, 512]),
  mobilenetV3_0x5: mobile('tv_mobilenetv3_large_050', 640),
  mobilenetV3_0x75: mobile('tv_mobilenetv3_large_075', 960),
  mobilenetV3: mobile('tv_mobilenetv3_large_100', 1280),
  mobilenetV3_1x25: mobile('tv_mobilenetv3_large_125', 1600),
  mobilenetV3_1x5: mobile('tv_mobilenetv3_large_150', 1920),
  mobilenetV3_2x0: mobile('tv_mobilenetv3_large_200', 2560),
};

/** For old PCs: the branch must not cost more than the trunk that it lets images leave. */
export const smallBranch = { latents: 32, layers: [1, 1, 2, 1], mlpRatio: 2 };

const own: Readonly<Record<string, DynamicPerceiverConfig>> = {
  'ascan-micro-perceiver': { backbone: 'ascan-micro', ...smallBranch },
  'ascan-nano-perceiver': { backbone: 'ascan-nano', latents: 64, layers: [1, 1, 3, 2], mlpRatio: 2 },
};

export const dynamicPerceiverVariants: Readonly<Record<string, DynamicPerceiverConfig>> = {
  ...Object.fromEntries(
    Object.entries(published).flatMap(([name, { latentCounts, ...config }]) =>
      latentCounts.map((latents) => [`${name}_perceiver_t${latents}`, { ...config, latents }]),
    ),
  ),
  ...own,
};
