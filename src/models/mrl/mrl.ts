import { check } from '../../base/errors.ts';
import { type MixerKind, mixer } from '../../blocks/mixer.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { conv, reduceMean } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { uniformFanIn } from '../../nn/init.ts';
import { dropout, layerNorm, linear, toGrid, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, BuildOptions, Family, Stage } from '../model.ts';

/** An MRL network: three or four stages; every list has one entry a stage. */
export interface MrlConfig {
  readonly widths: readonly number[];
  readonly heads: readonly number[];
  readonly depths: readonly number[];
  /** Side of a region in tokens. */
  readonly regions: readonly number[];
  /** Channels of one group of the local convolution. */
  readonly localGroups: readonly number[];
  /**
   * The part of the model's `dropPath` that the last block of each stage gets; it grows linearly from 0 within a stage, not over
   * the network. The authors train with 0.1.
   */
  readonly dropPathParts: readonly number[];
  readonly mlpRatio?: number;
  /** q, k and v from one shared basis: fewer parameters, and what the authors use for histology. */
  readonly commonQkv?: boolean;
  /** Local mixing over quarter turns and mirrors too, for pictures without up and down. */
  readonly groupConv?: boolean;
  /** What mixes tokens in place of MRL, e.g. `mha` for a comparison in the same body. */
  readonly mixer?: MixerKind;
}

const three = { widths: [64, 192, 384], heads: [1, 3, 6], regions: [4, 4, 2], localGroups: [1, 3, 6] };
const four = { widths: [96, 192, 384, 768], regions: [4, 4, 2, 1], dropPathParts: [0, 0, 1, 1] };

/** The authors' configurations (github.com/Shlokydo/MRL, experiments/imagenet/rl_atten); no trained weights were published. */
const variants: Readonly<Record<string, MrlConfig>> = {
  mrl_13: { ...three, depths: [1, 2, 10], dropPathParts: [0, 0, 1] },
  mrl_21: { ...three, depths: [1, 4, 16], dropPathParts: [0, 0, 1] },
  mrl_tiny: { ...four, heads: [3, 6, 12, 24], depths: [2, 2, 6, 2], localGroups: [1, 2, 8, 4] },
  mrl_small: { ...four, heads: [1, 2, 4, 8], depths: [2, 2, 18, 2], localGroups: [2, 2, 16, 2] },
  /** The encoder of the authors' HoVer-Net, in the form they train it for nuclei. */
  mrl_hover: { ...four, heads: [1, 2, 4, 8], depths: [2, 2, 8, 2], localGroups: [1, 2, 4, 8], commonQkv: true },
};

/**
 * MRL: mixing regionally by attention and locally by convolution (Mohta, Suganuma, Tanaka 2022, arXiv 2208.13975), in the body of
 * CvT: overlapping convolutional patches, no class token, no positions. Parameter names are those of the authors' code.
 * Three-stage networks have features at strides 4, 8 and 16, four-stage ones at 32 too. Any size: see blocks/mrl.ts for grids that
 * are no multiple of the region.
 */
export const mrl: Family<MrlConfig> = {
  name: 'mrl',
  variants,
  defaultSize: 224,
  blocks: /^stage\d+\.blocks\.\d+/,
  options: [
    'widths',
    'heads',
    'depths',
    'regions',
    'localGroups',
    'dropPathParts',
    'mlpRatio',
    'commonQkv',
    'groupConv',
    'mixer',
  ],
  picture: ({ widths, depths, regions }) =>
    widths.map((width, i) => `${'◈'.repeat(depths[i] ?? 0)} ${width} (${regions[i]}×${regions[i]})`).join(' │ '),
  build,
};

/** The mixer and the one list length of a configuration, checked. */
function checkConfig({ widths, heads, depths, regions, localGroups, dropPathParts, ...rest }: MrlConfig): MixerKind {
  check(
    widths.length === 3 || widths.length === 4,
    `an MRL network has three or four stages, got widths for ${widths.length}`,
  );
  for (const [name, list] of Object.entries({ heads, depths, regions, localGroups, dropPathParts }))
    check(list.length === widths.length, `${widths.length} stages need as many ${name}, got [${list}]`);
  check(
    dropPathParts.every((part) => part >= 0 && part <= 1),
    `dropPathParts are shares from 0 to 1, got [${dropPathParts}]`,
  );
  const { commonQkv = false, mixer: kind = commonQkv ? 'mrl-commonqkv' : 'mrl' } = rest;
  check(
    !commonQkv || kind === 'mrl-commonqkv',
    `commonQkv belongs to MRL; with mixer '${kind}' leave it out or set it to false`,
  );
  return kind;
}

function build(s: Scope, image: Value, config: MrlConfig, options: BuildOptions): Body {
  const kind = checkConfig(config);
  const stages: Stage[] = [];
  let x = image;
  let tokens = image;
  config.widths.forEach((width, i) => {
    s.in(`stage${i}`, (stage) => {
      const patches = stage.in('patch_embed', (p) => patchEmbed(p, x, width, i === 0));
      const grid = [fixed(patches.type.shape[2], 'the height'), fixed(patches.type.shape[3], 'the width')] as const;
      tokens = stage.in('patch_embed.norm', (n) => layerNorm(n, toTokens(patches), { epsilon: 1e-5 }));
      const depth = config.depths[i]!;
      for (let j = 0; j < depth; j++) {
        const block = {
          mixer: mixer(kind, {
            heads: config.heads[i]!,
            grid,
            region: config.regions[i]!,
            localGroup: config.localGroups[i]!,
            groupConv: config.groupConv ?? false,
          }),
          mlpRatio: config.mlpRatio ?? 4,
          act: 'quick_gelu',
          epsilon: 1e-5,
          dropPath: depth > 1 ? (options.dropPath * config.dropPathParts[i]! * j) / (depth - 1) : 0,
        } as const;
        tokens = stage.in(`blocks.${j}`, (b) => transformerBlock(b, tokens, block));
      }
      x = toGrid(tokens, ...grid);
    });
    stages.push({ name: `stage${i}`, value: x, stride: 4 * 2 ** i, channels: width });
  });
  const normed = s.in('norm', (n) => layerNorm(n, tokens, { epsilon: 1e-5 }));
  const pooled = reduceMean(normed, [1], false);
  const logits = s.in('head', (h) => linear(h, dropout(pooled, options.dropRate), options.classes));
  return { stages, pooled, logits };
}

/** Overlapping patches (CvT): 7×7 stride 4 with padding 2 at first, then 3×3 stride 2 with padding 1; parameters proj. */
function patchEmbed(s: Scope, x: Value, width: number, first: boolean): Value {
  const [kernel, stride, padding] = first ? [7, 4, 2] : [3, 2, 1];
  const shape = [width, fixed(x.type.shape[1], 'the number of channels'), kernel, kernel];
  const init = uniformFanIn(shape);
  return s.in('proj', (p) =>
    conv(x, p.param('weight', shape, init), p.param('bias', [width], init), {
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    }),
  );
}
