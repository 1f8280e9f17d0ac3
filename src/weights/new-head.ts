import { f32, type Tensor } from '../base/tensor.ts';
import { nameOf } from '../graph/graph.ts';
import type { Value } from '../graph/value.ts';
import type { Network } from '../models/network.ts';

/**
 * First values of a network's `zeroStart`, the layers that make scores, where they are put on features which are trained
 * already: zero, so that every class begins as likely as the others and the first loss is ln(classes) however large the features are (as in BiT, Kolesnikov et al. 2020,
 * arXiv 1912.11370). The starts for training from zero are made for features of unit size; on a trained network's they begin with
 * sure and wrong answers, which the first steps pull the features away to mend.
 *
 * `weights` are the trained values by parameter name. A layer that they hold keeps its values and is not among what is
 * returned; all others are, those of exits too.
 */
export function zeroStarts(
  network: Network,
  weights: ReadonlyMap<string, Tensor<'float32'>>,
): Map<string, Tensor<'float32'>> {
  const params = (network.zeroStart ?? []).flatMap(lastLayer).filter((p) => !weights.has(nameOf(p)!));
  return new Map(params.map((p) => [nameOf(p)!, f32(p.type.shape as number[])]));
}

/**
 * Parameters of the layer that makes scores, or of the layers whose sum they are: those that are met on the way back from the
 * scores, up to and with the first matrix or kernel.
 */
function lastLayer(scores: Value): Value[] {
  const found = new Set<Value>();
  const back = (v: Value): void => {
    if (v.origin.kind !== 'node') return;
    const params = v.origin.node.inputs.filter((i) => i?.origin.kind === 'param') as Value[];
    for (const p of params) found.add(p);
    if (params.some((p) => p.type.shape.length > 1)) return;
    for (const i of v.origin.node.inputs) if (i) back(i);
  };
  back(scores);
  return [...found];
}
