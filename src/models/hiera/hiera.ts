import { maskUnitAttention, poolTokens } from '../../blocks/mask-unit-attention.ts';
import { mixer, type TokenMixer } from '../../blocks/mixer.ts';
import { mlp } from '../../blocks/transformer.ts';
import { inRasterOrder, reroll, unroll } from '../../blocks/unroll.ts';
import { add } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Init, Value } from '../../graph/value.ts';
import { truncated, zeros } from '../../nn/init.ts';
import { conv2d, dropout, layerNorm, linear, meanOf, toGrid, toTokens } from '../../nn/layers.ts';
import { positionEmbedding, strided } from '../../nn/resample.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { type HieraConfig, hieraSchema, hieraVariants, turbovitVariants } from './config.ts';
import { type BlockPlan, checkSize, PATCH_STRIDE, planBlocks, unrolls } from './plan.ts';

/**
 * Hiera (Ryali et al., ICML 2023, arXiv 2306.00989), as timm/models/hiera.py: patches of stride 4, transformer blocks whose tokens
 * are pooled by 2×2 at three places, attention inside mask units of 8×8 patches in the early stages and between all tokens in the
 * late ones. Sides of the input must be multiples of 32.
 */
export const hiera: Family<typeof hieraSchema> = {
  name: 'hiera',
  schema: hieraSchema,
  variants: hieraVariants,
  defaultSize: 224,
  blocks: /^blocks\.\d+/,
  resize: { pos_embed: positionEmbedding({ grids: strided(PATCH_STRIDE) }) },
  picture,
  build,
  head,
};

/** TurboViT: configurations of Hiera, reconstructed (see config.ts). */
export const turbovit: Family<typeof hieraSchema> = { ...hiera, name: 'turbovit', variants: turbovitVariants };

/** `▦` attends inside mask units, `◈` between all tokens. */
function picture(config: HieraConfig): string {
  const blocks = planBlocks(config);
  const last = blocks.length - 1;
  return blocks
    .map(({ local, ends, width }, i) => {
      const symbol = local ? '▦' : '◈';
      if (ends === undefined) return symbol;
      return `${symbol} ${width}${i < last ? ' │ ' : ''}`;
    })
    .join('');
}

function build(s: Scope, image: Value, config: HieraConfig, options: { dropPath: number }): Body {
  const plan = planBlocks(config);
  const [, channels, ...sides] = image.type.shape;
  const size = [fixed(sides[0], 'the height'), fixed(sides[1], 'the width')] as const;
  checkSize(config, size);
  const grid = [size[0] / PATCH_STRIDE, size[1] / PATCH_STRIDE] as const;
  const { patchKernel: kernel, widths } = config;
  const width = widths[0]!;
  const patches = s.in('patch_embed.proj', (p) => {
    // PyTorch's own first bias; the weights begin as all others.
    const fanIn = fixed(channels, 'the number of channels') * kernel ** 2;
    const biased = biasesFrom(p, { kind: 'uniform', bound: fanIn ** -0.5 });
    return conv2d(biased, image, width, { kernel, stride: PATCH_STRIDE, bias: true, init: truncated });
  });
  const position = s.param('pos_embed', [1, grid[0] * grid[1], width], truncated);
  let x = unroll(add(toTokens(patches), position), grid, unrolls(config));
  const stages: StageMark[] = [];
  plan.forEach((block, i) => {
    const dropPath = plan.length > 1 ? (options.dropPath * i) / (plan.length - 1) : 0;
    const place = placeOf(block, grid, config);
    x = s.in(`blocks.${i}`, (b) =>
      hieraBlock(biasesFrom(b, small), x, block, mixerFor(config, block, place), dropPath),
    );
    if (block.ends === undefined) return;
    const value = toGrid(reroll(x, place.grid, place.times), ...place.grid);
    stages.push({ name: `stages.${block.ends}`, value, level: PATCH_STRIDE * 2 ** block.halvings });
  });
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, _: HieraConfig, { classes, dropRate }: HeadOptions): Head {
  const pooled = s.in('head.norm', (n) => layerNorm(biasesFrom(n, small), meanOf(end)));
  const init: Init = { kind: 'truncated-normal', std: 0.02 * HEAD_SCALE };
  const logits = s.in('head.fc', (f) => linear(biasesFrom(f, faint), dropout(pooled, dropRate), classes, { init }));
  return { pooled, logits };
}

/** Hiera's first values (turbovit.md §4.4): biases of linear maps and normalisations at 0.02, the classifier a thousandth of the rest. */
const HEAD_SCALE = 0.001;
const small: Init = { kind: 'constant', value: 0.02 };
const faint: Init = { kind: 'constant', value: 0.02 * HEAD_SCALE };

/** The scope, with biases that would begin at zero beginning elsewhere. */
function biasesFrom(s: Scope, bias: Init): Scope {
  return {
    path: s.path,
    in: (name, make) => s.in(name, (inner) => make(biasesFrom(inner, bias))),
    param: (name, shape, init, role) => s.param(name, shape, name === 'bias' && init === zeros ? bias : init, role),
  };
}

interface Place {
  /** [height, width] of the tokens after the block. */
  readonly grid: readonly [number, number];
  /** How often they are still unrolled. */
  readonly times: number;
  /** How many mask units there are, in every block. */
  readonly units: number;
}

function placeOf({ halvings }: BlockPlan, [height, width]: readonly [number, number], config: HieraConfig): Place {
  const times = unrolls(config) - halvings;
  const grid = [height / 2 ** halvings, width / 2 ** halvings] as const;
  return { grid, times, units: (grid[0] * grid[1]) / 4 ** times };
}

function mixerFor(config: HieraConfig, block: BlockPlan, { grid, times, units }: Place): TokenMixer {
  const { mixer: kind } = config;
  const { from, width, heads, pool, local } = block;
  const keeps = pool === 1 && from === width;
  // Attention does not ask for the order of its tokens; other mixers look at the grid.
  if (kind !== 'mha' && keeps && !local) return inRasterOrder(mixer(kind, { heads, grid }), grid, times);
  return maskUnitAttention({ channels: width, heads, pool, units: local ? units : 1 });
}

/**
 * timm's HieraBlock over unrolled tokens [N, T, from] → [N, T/pool, width]. Where the width changes, the shortcut projects the
 * *normalised* tokens; then it is max-pooled. (timm has no block that pools at equal width: here its shortcut is only pooled.)
 */
function hieraBlock(s: Scope, x: Value, plan: BlockPlan, mix: TokenMixer, dropPath: number): Value {
  const { from, width, pool, mlpRatio } = plan;
  const normed = s.in('norm1', (n) => layerNorm(n, x));
  const projected = from === width ? x : s.in('proj', (p) => linear(p, normed, width));
  const mixed = s.in('attn', (a) => mix(a, normed));
  const middle = add(poolTokens(projected, pool), dropout(mixed, dropPath, 'path'));
  const second = s.in('norm2', (n) => layerNorm(n, middle));
  const thought = s.in('mlp', (m) => mlp(m, second, mlpRatio, 'gelu'));
  return add(middle, dropout(thought, dropPath, 'path'));
}
