import { sizeOf } from '../base/tensor.ts';
import type { GraphCost } from '../graph/cost.ts';
import { bindDim } from '../graph/dim.ts';
import type { Value } from '../graph/value.ts';

/** What fvcore counts for one value of what an operator puts out, beside the products. */
const perValue: Readonly<Record<string, number>> = {
  BatchNormalization: 2,
  LayerNormalization: 5,
  AveragePool: 1,
  Resize: 4,
};

/**
 * Multiply–accumulates of one image as timm's result tables count them (with fvcore): those of convolutions and matrix products, and
 * with them the work of normalisations, of pooling at stride 1 and of bilinear resizing.
 */
export function publishedMacs(cost: GraphCost): number {
  const values = (v: Value) => sizeOf(v.type.shape.map((d) => bindDim(d, { N: 1 })));
  return cost.nodes.reduce((sum, { node }) => sum + (perValue[node.op] ?? 0) * values(node.outputs[0]!), cost.macs);
}
