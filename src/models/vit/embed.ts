import { check } from '../../base/errors.ts';
import { add, concat, expandLike, slice } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import type { Value } from '../../graph/value.ts';
import { truncated } from '../../nn/init.ts';
import { toTokens } from '../../nn/layers.ts';
import type { Scope } from '../../nn/scope.ts';

/** Height and width in patches; throws where the patches do not fill the picture. */
export function gridOf(image: Value, patch: number): [number, number] {
  const [height, width] = image.type.shape.slice(2).map((d) => fixed(d, 'the input size')) as [number, number];
  const nearest = (d: number) => Math.max(1, Math.round(d / patch)) * patch;
  check(
    height % patch === 0 && width % patch === 0,
    () =>
      `the model cuts the picture into patches of ${patch}×${patch} pixels, so height and width must be multiples of ${patch}, got ${height}×${width}; the nearest is ${nearest(height)}×${nearest(width)}`,
  );
  return [height / patch, width / patch];
}

export type LearnedToken = 'cls_token' | 'dist_token';

export interface EmbedOptions {
  /** Those that go first. */
  readonly tokens: readonly LearnedToken[];
  /** Whether these have position embeddings too. */
  readonly embedTokens: boolean;
}

/** Patches [N, C, h, w] → tokens [N, extra + h·w, C] with learned positions; parameters pos_embed and the tokens. */
export function embed(s: Scope, patches: Value, { tokens, embedTokens }: EmbedOptions): Value {
  const cells = toTokens(patches);
  const [, count, channels] = cells.type.shape.map((d, i) => (i === 0 ? 0 : fixed(d, 'the number of tokens')));
  const embedded = embedTokens ? tokens.length + count! : count!;
  const positions = s.param('pos_embed', [1, embedded, channels!], truncated);
  const first = slice(cells, [1], [0], [1]);
  const extra = tokens.map((name) => {
    const init = name === 'cls_token' ? ({ kind: 'normal', std: 1e-6 } as const) : truncated;
    return expandLike(s.param(name, [1, 1, channels!], init), first);
  });
  return embedTokens ? add(concat([...extra, cells], 1), positions) : concat([...extra, add(cells, positions)], 1);
}
