import { i64 } from '../../base/tensor.ts';
import { gather, matmul, mul, reduceSum, sqrt, sub, transpose } from '../../graph/build.ts';
import { constant, type Value } from '../../graph/value.ts';

/** Those channels of a map [N, C, H, W], in the order given. */
export const channelsOf = (map: Value, channels: readonly number[]): Value =>
  gather(map, constant(i64([channels.length], channels)), 1);

/**
 * Mahalanobis distance of each cell's features to the Gaussian of that cell (PaDiM, Defard et al. 2021, equation 2): patches [N, P, d],
 * mean [P, d] and whitening [P, d, d] (see `Gaussians`) → [N, P].
 */
export function mahalanobis(patches: Value, mean: Value, whitening: Value): Value {
  const white = matmul(transpose(sub(patches, mean), [1, 0, 2]), whitening);
  return transpose(sqrt(reduceSum(mul(white, white), [2], false)), [1, 0]);
}
