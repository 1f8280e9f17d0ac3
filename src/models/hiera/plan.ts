import { check } from '../../base/errors.ts';
import type { HieraConfig } from './config.ts';

/** Pixels between two patches. */
export const PATCH_STRIDE = 4;

/** What one block does, worked out from a configuration. */
export interface BlockPlan {
  /** Channels before and after. */
  readonly from: number;
  readonly width: number;
  readonly heads: number;
  readonly mlpRatio: number;
  /** Attention inside mask units. */
  readonly local: boolean;
  /** How many tokens become one: 4 or 1. */
  readonly pool: number;
  /** How many times the grid has been halved after this block. */
  readonly halvings: number;
  /** The stage that ends here, if one does. */
  readonly ends?: number;
}

/** How often the token grid is unrolled: once for each stage after the first, also where a stage does not pool. */
export const unrolls = (config: HieraConfig) => config.depths.length - 1;

/** The blocks of a configuration, in order; throws where it cannot be built. */
export function planBlocks(config: HieraConfig): BlockPlan[] {
  checkConfig(config);
  const { widths, heads, depths, local, mlpRatios, qPool = unrolls(config) } = config;
  return depths.flatMap((depth, stage) =>
    Array.from({ length: depth }, (_, j) => {
      const before = j === 0 && stage > 0 ? stage - 1 : stage;
      return {
        from: widths[before]!,
        width: widths[stage]!,
        heads: heads[stage]!,
        mlpRatio: mlpRatios?.[stage] ?? 4,
        local: local[before]!,
        pool: before < stage && stage <= qPool ? 4 : 1,
        halvings: Math.min(stage, qPool),
        ...(j === depth - 1 && { ends: stage }),
      };
    }),
  );
}

function checkConfig(config: HieraConfig): void {
  const { widths, heads, depths, local, mlpRatios, qPool = unrolls(config), patchKernel } = config;
  const lists = { widths, heads, local, ...(mlpRatios && { mlpRatios }) };
  for (const [name, list] of Object.entries(lists))
    check(
      list.length === depths.length,
      `depths [${depths}] name ${depths.length} stages, so '${name}' needs ${depths.length} entries, got [${list}]`,
    );
  check(depths.length > 0, 'a Hiera has at least one stage, got none');
  check(
    qPool <= unrolls(config),
    `qPool must be from 0 to ${unrolls(config)}, one less than there are stages, got ${qPool}`,
  );
  check(patchKernel % 2 === 1, `the patch kernel must be odd, e.g. 7, got ${patchKernel}`);
  const single = local.findIndex((is, stage) => is && Math.min(stage, qPool) === unrolls(config));
  check(
    single < 0,
    `stage ${single + 1} cannot be local: after ${qPool} poolings a mask unit is a single token; make the stage global`,
  );
}

/** Throws unless an input of [height, width] pixels divides into mask units. */
export function checkSize(config: HieraConfig, [height, width]: readonly [number, number]): void {
  const side = 2 ** unrolls(config);
  const unit = PATCH_STRIDE * side;
  const nearest = [height, width].map((s) => Math.max(1, Math.round(s / unit)) * unit);
  check(
    height % unit === 0 && width % unit === 0,
    `the input must divide into mask units of ${side}×${side} patches, ${unit}×${unit} pixels: both sides must be multiples of ${unit}, got ${height}×${width}; the nearest is ${nearest.join('×')}`,
  );
}
