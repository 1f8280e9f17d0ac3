import { z } from 'zod';
import { check } from '../../base/errors.ts';
import { type MixerKind, mixer } from '../../blocks/mixer.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { conv } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { uniformFanIn } from '../../nn/init.ts';
import { dropout, layerNorm, linear, meanOf, toGrid, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import { count, listOf, mixerKind } from '../configuration.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';

/** An MRL network: three or four stages; every list has one entry a stage. */
const mrlSchema = z.strictObject({
  widths: listOf(count).describe('channels of each stage'),
  heads: listOf(count).describe('attention heads of each stage'),
  depths: listOf(count).describe('blocks of each stage'),
  regions: listOf(count).describe('side of a region in tokens, in each stage'),
  localGroups: listOf(count).describe('channels of one group of the local convolution, in each stage'),
  dropPathParts: listOf(z.number().min(0).max(1)).describe(
    'the share of the model’s drop path that the last block of each stage gets; it grows linearly from 0 within a stage',
  ),
  mlpRatio: z.number().positive().default(4).describe('hidden width of the MLPs over the width'),
  commonQkv: z
    .boolean()
    .default(false)
    .describe('q, k and v from one shared basis: fewer parameters; what the authors use for histology'),
  groupConv: z
    .boolean()
    .default(false)
    .describe('local mixing over quarter turns and mirrors too, for pictures without up and down'),
  mixer: mixerKind.optional().describe('what mixes tokens in place of MRL, e.g. mha for a comparison in the same body'),
});

type MrlConfig = z.output<typeof mrlSchema>;

const three = { widths: [64, 192, 384], heads: [1, 3, 6], regions: [4, 4, 2], localGroups: [1, 3, 6] };
const four = { widths: [96, 192, 384, 768], regions: [4, 4, 2, 1], dropPathParts: [0, 0, 1, 1] };

/** The authors' configurations (github.com/Shlokydo/MRL, experiments/imagenet/rl_atten); no trained weights were published. */
const variants: Readonly<Record<string, z.input<typeof mrlSchema>>> = {
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
export const mrl: Family<typeof mrlSchema> = {
  name: 'mrl',
  schema: mrlSchema,
  variants,
  defaultSize: 224,
  blocks: /^stage\d+\.blocks\.\d+/,
  picture: ({ widths, depths, regions }) =>
    widths.map((width, i) => `${'◈'.repeat(depths[i] ?? 0)} ${width} (${regions[i]}×${regions[i]})`).join(' │ '),
  build,
  head,
};

/** The mixer and the one list length of a configuration, checked. */
function checkConfig({ widths, heads, depths, regions, localGroups, dropPathParts, ...rest }: MrlConfig): MixerKind {
  check(
    widths.length === 3 || widths.length === 4,
    `an MRL network has three or four stages, got widths for ${widths.length}`,
  );
  for (const [name, list] of Object.entries({ heads, depths, regions, localGroups, dropPathParts }))
    check(list.length === widths.length, `${widths.length} stages need as many ${name}, got [${list}]`);
  const { commonQkv, mixer: kind = commonQkv ? 'mrl-commonqkv' : 'mrl' } = rest;
  check(
    !commonQkv || kind === 'mrl-commonqkv',
    `commonQkv belongs to MRL; with mixer '${kind}' leave it out or set it to false`,
  );
  return kind;
}

function build(s: Scope, image: Value, config: MrlConfig, options: { dropPath: number }): Body {
  const kind = checkConfig(config);
  const stages: StageMark[] = [];
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
            groupConv: config.groupConv,
          }),
          mlpRatio: config.mlpRatio,
          act: 'quick_gelu',
          epsilon: 1e-5,
          dropPath: depth > 1 ? (options.dropPath * config.dropPathParts[i]! * j) / (depth - 1) : 0,
        } as const;
        tokens = stage.in(`blocks.${j}`, (b) => transformerBlock(b, tokens, block));
      }
      x = toGrid(tokens, ...grid);
    });
    stages.push({ name: `stage${i}`, value: x, level: 4 * 2 ** i });
  });
  return { stages, end: tokens };
}

function head(s: Scope, { end }: Body, _: MrlConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = meanOf(s.in('norm', (n) => layerNorm(n, end, { epsilon: 1e-5 })));
  return { pooled, logits: s.in('head', (h) => linear(h, dropout(pooled, dropRate), classes)) };
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
