import { check } from '../../base/errors.ts';
import { mixer } from '../../blocks/mixer.ts';
import { torchConv } from '../../blocks/torch-conv.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { add, mul, reshape, slice, split } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { dropout, layerNorm, linear, meanOf, toGrid } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, Family, Head, HeadOptions } from '../model.ts';
import type { StageMark } from '../stage.ts';
import { type VitConfig, vitSchema, vitVariants } from './config.ts';
import { embed, gridOf, type LearnedToken } from './embed.ts';
import { resizePositions } from './resize.ts';

/**
 * ViT (Dosovitskiy et al. 2021, arXiv 2010.11929), DeiT (Touvron et al. 2021, arXiv 2012.12877) and DeiT-III (Touvron et al. 2022,
 * arXiv 2204.07118), as timm/models/vision_transformer.py and deit.py, whose weights load by name. The four `stages` are the token
 * grid after each quarter of the blocks, all at the patch's stride. `pooled` is [N, width], distilled [N, 2 · width]: class
 * token, then distillation token.
 */
export const vit: Family<typeof vitSchema> = {
  name: 'vit',
  schema: vitSchema,
  variants: vitVariants,
  defaultSize: 224,
  blocks: /^blocks\.\d+/,
  resize: { pos_embed: resizePositions },
  picture: ({ depth, width, patch }) => `${patch}×${patch} │ ${'◈'.repeat(depth)} ${width}`,
  build,
  head,
};

/** How the tokens are read, and which come before the grid's; throws where the parts of a configuration do not fit together. */
function tokensOf({ mixer: kind, distilled, ...config }: VitConfig): { pool: 'token' | 'mean'; names: LearnedToken[] } {
  const pool = config.pool ?? (kind === 'mha' ? 'token' : 'mean');
  check(
    kind === 'mha' || pool === 'mean',
    `the mixer '${kind}' takes no class token: use pool 'mean', or the mixer 'mha' for pool 'token'`,
  );
  check(
    !distilled || pool === 'token',
    `a distilled model reads class and distillation token: its pool cannot be '${pool}'`,
  );
  return { pool, names: pool === 'mean' ? [] : distilled ? ['cls_token', 'dist_token'] : ['cls_token'] };
}

function build(s: Scope, image: Value, config: VitConfig, options: { dropPath: number }): Body {
  const { patch, width, depth, heads, mlpRatio, embedClass, layerScale } = config;
  const { names } = tokensOf(config);
  check(width % heads === 0, `the width ${width} does not divide into ${heads} heads`);
  const grid = gridOf(image, patch);
  const patches = s.in('patch_embed.proj', (p) =>
    torchConv(p, image, width, { kernel: patch, stride: patch, padding: 0 }),
  );
  const extra = names.length;
  const ends = [1, 2, 3, 4].map((quarter) => Math.ceil((depth * quarter) / 4));
  let x = embed(s, patches, { tokens: names, embedTokens: embedClass });
  const stages: StageMark[] = [];
  for (let i = 0; i < depth; i++) {
    const dropPath = depth > 1 ? (options.dropPath * i) / (depth - 1) : 0;
    const mix = mixer(config.mixer, { heads, grid });
    x = s.in(`blocks.${i}`, (b) => transformerBlock(b, x, { mixer: mix, mlpRatio, dropPath, layerScale }));
    if (!ends.includes(i + 1)) continue;
    const cells = extra > 0 ? slice(x, [1], [extra], [Number.POSITIVE_INFINITY]) : x;
    stages.push({ name: `blocks.${i}`, value: toGrid(cells, ...grid), level: patch });
  }
  return { stages, end: x };
}

function head(s: Scope, { end }: Body, config: VitConfig, { classes, dropRate }: HeadOptions): Head {
  const { pool, names } = tokensOf(config);
  if (pool === 'mean') {
    const pooled = s.in('fc_norm', (n) => layerNorm(n, meanOf(end)));
    return { pooled, logits: s.in('head', (h) => linear(h, dropout(pooled, dropRate), classes)) };
  }
  // Only the tokens that are read are normalised.
  const read = s.in('norm', (n) => layerNorm(n, slice(end, [1], [0], [names.length])));
  const pooled = reshape(read, [end.type.shape[0]!, names.length * config.width]);
  return { pooled, logits: meanOfHeads(s, dropout(pooled, dropRate), config.distilled, classes) };
}

/** [N, width] → logits of `head`; distilled: [N, 2 · width] → mean of `head` on the first half and `head_dist` on the second. */
function meanOfHeads(s: Scope, x: Value, distilled: boolean, classes: number): Value {
  const logits = (name: string, v: Value) => s.in(name, (h) => linear(h, v, classes));
  if (!distilled) return logits('head', x);
  const width = fixed(x.type.shape[1], 'the number of features') / 2;
  const [token, taught] = split(x, [width, width], 1);
  return mul(add(logits('head', token!), logits('head_dist', taught!)), 0.5);
}
