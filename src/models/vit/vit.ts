import { check, oneOf } from '../../base/errors.ts';
import { mixer } from '../../blocks/mixer.ts';
import { torchConv } from '../../blocks/torch-conv.ts';
import { transformerBlock } from '../../blocks/transformer.ts';
import { add, mul, reduceMean, reshape, slice, split } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { dropout, layerNorm, linear, toGrid } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import type { Body, BuildOptions, Family, Stage } from '../model.ts';
import { type VitConfig, vitVariants } from './config.ts';
import { embed, gridOf, type LearnedToken } from './embed.ts';
import { resizePositions } from './resize.ts';

/**
 * ViT (Dosovitskiy et al. 2021, arXiv 2010.11929), DeiT (Touvron et al. 2021, arXiv 2012.12877) and DeiT-III (Touvron et al. 2022,
 * arXiv 2204.07118), as timm/models/vision_transformer.py and deit.py, whose weights load by name. The four `stages` are the token
 * grid after each quarter of the blocks, all at the patch's stride. `pooled` is [N, width], distilled [N, 2 · width]: class
 * token, then distillation token.
 */
export const vit: Family<VitConfig> = {
  name: 'vit',
  variants: vitVariants,
  defaultSize: 224,
  blocks: /^blocks\.\d+/,
  resize: { pos_embed: resizePositions },
  options: ['patch', 'width', 'depth', 'heads', 'mlpRatio', 'pool', 'distilled', 'embedClass', 'layerScale', 'mixer'],
  picture: ({ depth, width, patch }) => `${patch}×${patch} │ ${'◈'.repeat(depth)} ${width}`,
  build,
};

function build(s: Scope, image: Value, config: VitConfig, options: BuildOptions): Body {
  const { patch, width, depth, heads, mlpRatio = 4, distilled = false, embedClass = true, layerScale } = config;
  const { mixer: kind = 'mha' } = config;
  const pool = config.pool ?? (kind === 'mha' ? 'token' : 'mean');
  oneOf('pool', pool, ['token', 'mean']);
  check(Number.isInteger(depth) && depth >= 1, `depth counts the blocks and must be at least 1, got ${depth}`);
  check(width % heads === 0, `the width ${width} does not divide into ${heads} heads`);
  check(
    kind === 'mha' || pool === 'mean',
    `the mixer '${kind}' takes no class token: use pool 'mean', or the mixer 'mha' for pool 'token'`,
  );
  check(
    !distilled || pool === 'token',
    `a distilled model reads class and distillation token: its pool cannot be '${pool}'`,
  );

  const grid = gridOf(image, patch);
  const patches = s.in('patch_embed.proj', (p) =>
    torchConv(p, image, width, { kernel: patch, stride: patch, padding: 0 }),
  );
  const names: LearnedToken[] = pool === 'mean' ? [] : distilled ? ['cls_token', 'dist_token'] : ['cls_token'];
  const extra = names.length;
  const ends = [1, 2, 3, 4].map((quarter) => Math.ceil((depth * quarter) / 4));
  let x = embed(s, patches, { tokens: names, embedTokens: embedClass });
  const stages: Stage[] = [];
  for (let i = 0; i < depth; i++) {
    const dropPath = depth > 1 ? (options.dropPath * i) / (depth - 1) : 0;
    const mix = mixer(kind, { heads, grid });
    x = s.in(`blocks.${i}`, (b) => transformerBlock(b, x, { mixer: mix, mlpRatio, dropPath, layerScale }));
    if (!ends.includes(i + 1)) continue;
    const cells = extra > 0 ? slice(x, [1], [extra], [Number.POSITIVE_INFINITY]) : x;
    stages.push({ name: `blocks.${i}`, value: toGrid(cells, ...grid), stride: patch, channels: width });
  }
  if (pool === 'mean') {
    const pooled = s.in('fc_norm', (n) => layerNorm(n, reduceMean(x, [1], false)));
    const dropped = dropout(pooled, options.dropRate);
    return { stages, pooled, logits: s.in('head', (h) => linear(h, dropped, options.classes)) };
  }
  // Only the tokens that are read are normalised.
  const read = s.in('norm', (n) => layerNorm(n, slice(x, [1], [0], [extra])));
  const pooled = reshape(read, [x.type.shape[0]!, extra * width]);
  const dropped = dropout(pooled, options.dropRate);
  return { stages, pooled, logits: meanOfHeads(s, dropped, distilled, options.classes) };
}

/** [N, width] → logits of `head`; distilled: [N, 2 · width] → mean of `head` on the first half and `head_dist` on the second. */
function meanOfHeads(s: Scope, x: Value, distilled: boolean, classes: number): Value {
  const logits = (name: string, v: Value) => s.in(name, (h) => linear(h, v, classes));
  if (!distilled) return logits('head', x);
  const width = fixed(x.type.shape[1], 'the number of features') / 2;
  const [token, taught] = split(x, [width, width], 1);
  return mul(add(logits('head', token!), logits('head_dist', taught!)), 0.5);
}
