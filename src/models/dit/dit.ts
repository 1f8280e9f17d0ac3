import { check } from '../../base/errors.ts';
import { modulate, modulation, plainNorm } from '../../blocks/adaptive-norm.ts';
import { conditionedTransformer } from '../../blocks/conditioned.ts';
import { mixer } from '../../blocks/mixer.ts';
import { add, reshape, transpose } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';
import { glorot, truncated, zeros } from '../../nn/init.ts';
import { conv2d, linear, toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';
import { condition, readingOf } from '../denoiser/condition.ts';
import type { DenoiserFamily, Given, Place } from '../denoiser/denoiser.ts';
import { gridPositions } from '../denoiser/positions.ts';
import { type DitConfig, ditSchema, ditVariants } from './config.ts';

/**
 * DiT (Peebles & Xie, ICCV 2023, arXiv 2212.09748), as the official code's models.py with `learn_sigma` off, whose weights have these
 * names. Where a caption is told, tokens read its words between attention and MLP (ours, as in PixArt-α, Chen et al. 2024).
 */
export const dit: DenoiserFamily<typeof ditSchema> = {
  name: 'dit',
  schema: ditSchema,
  variants: ditVariants,
  blocks: /^blocks\.\d+/,
  ends: /^(x_embedder|final_layer\.linear)\./,
  picture: ({ depth, width, patch }) => `${patch}×${patch} │ ${'◈'.repeat(depth)} ${width}`,
  multiple: ({ patch }) => patch,
  build,
};

function build(s: Scope, noisy: Value, given: Given, config: DitConfig, { classes, channels, size }: Place): Value {
  const { patch, width, depth, heads, mlpRatio } = config;
  check(width % heads === 0, `the width ${width} does not divide into ${heads} heads`);
  const grid = [size[0] / patch, size[1] / patch] as const;
  const patches = s.in('x_embedder.proj', (p) =>
    conv2d(p, noisy, width, {
      ...{ kernel: patch, stride: patch, padding: 0, bias: true },
      init: glorot([width, channels, patch, patch]),
    }),
  );
  const c = condition(s, given, classes, width);
  const reading = readingOf(given);
  let x = add(toTokens(patches), constant(gridPositions(grid, width)));
  for (let i = 0; i < depth; i++) {
    x = s.in(`blocks.${i}`, (b) =>
      conditionedTransformer(begunAsGlorot(b), x, c, {
        ...{ mixer: mixer('mha', { heads, grid }), mlpRatio },
        ...(reading && { reads: { ...reading, heads } }),
      }),
    );
  }
  const out = s.in('final_layer', (f) => {
    const [shift, scale] = modulation(f, c, width, 2, 'tokens');
    const last = modulate(plainNorm(x), shift!, scale!);
    return f.in('linear', (l) => linear(l, last, patch ** 2 * channels, { init: zeros }));
  });
  const n = noisy.type.shape[0]!;
  const cells = transpose(reshape(out, [n, ...grid, patch, patch, channels]), [0, 5, 1, 3, 2, 4]);
  return reshape(cells, [n, channels, ...size]);
}

/** The same scope, where linear maps that say nothing else begin as the official code's do. */
const begunAsGlorot = (s: Scope): Scope => ({
  ...s,
  in: (name, make) => s.in(name, (inner) => make(begunAsGlorot(inner))),
  param: (name, shape, init, role) => s.param(name, shape, init === truncated ? glorot(shape) : init, role),
});
