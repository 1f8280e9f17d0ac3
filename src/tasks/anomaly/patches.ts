import { check } from '../../base/errors.ts';
import { resizeTo } from '../../blocks/resize-to.ts';
import { concat, reshape, transpose } from '../../graph/build.ts';
import { fixed } from '../../graph/dim.ts';
import { apply1 } from '../../graph/op.ts';
import type { Value } from '../../graph/value.ts';

/** How coarser maps are brought to the finest one's size. */
export type Enlarge = 'linear' | 'nearest';

/** Each cell's mean with its eight neighbours; beyond the border counts as 0 (torch's `AvgPool2d(3, 1, 1)`, as PatchCore has it). */
const neighbourhood = (map: Value): Value =>
  apply1('AveragePool', [map], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], count_include_pad: 1 });

/**
 * One map of features of several levels, the finest first: the others enlarged to its size and put behind it. [N, Ci, Hi, Wi] →
 * [N, ΣCi, H0, W0]. With `pooled`, each level's neighbourhoods first (PatchCore, Roth et al. 2022, §3.1; PaDiM takes plain features).
 * @throws YosegiError when there is no level
 */
export function patchMap(
  levels: readonly Value[],
  { pooled = true, enlarge = 'linear' }: { readonly pooled?: boolean; readonly enlarge?: Enlarge } = {},
): Value {
  check(levels.length > 0, 'patches need at least one level of features, e.g. those of strides 8 and 16');
  const maps = pooled ? levels.map(neighbourhood) : levels;
  const [, , height, width] = maps[0]!.type.shape;
  const size = [fixed(height, 'the height of the finest level'), fixed(width, 'its width')] as const;
  return concat(
    maps.map((map) => resizeTo(map, size, enlarge)),
    1,
  );
}

/** A map's cells as rows, the first image row first: [N, C, H, W] → [N, H·W, C]. */
export function patchRows(map: Value): Value {
  const [n, channels, height, width] = map.type.shape;
  const cells = fixed(height, 'the height') * fixed(width, 'the width');
  return transpose(reshape(map, [n!, channels!, cells]), [0, 2, 1]);
}
