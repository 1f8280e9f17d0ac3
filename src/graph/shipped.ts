import { cleanUp } from './cleanup.ts';
import { type Folded, foldBatchNorm, type Weights } from './fold-batch-norm.ts';
import { foldEnlargedConv } from './fold-enlarged-conv.ts';
import { foldPooledConv } from './fold-pooled-conv.ts';
import type { Graph } from './graph.ts';
import { sinkReshapes } from './sink-reshapes.ts';

/** A graph as it is shipped computes the same numbers with less work. */

/** What can be computed from the weights beforehand: batch normalisations, pooled depthwise convolutions and those of enlarged maps are folded. */
export function folded(g: Graph, weights: Weights): Folded {
  const normed = foldBatchNorm(g, weights);
  const pooled = foldPooledConv(normed.graph, normed.weights);
  return { ...normed, ...foldEnlargedConv(pooled.graph, pooled.weights) };
}

/** A graph as it is shipped, folded and tidied, with values for its parameters. */
export function shipped(g: Graph, weights: Weights): Pick<Folded, 'graph' | 'weights'> {
  const computed = folded(g, weights);
  return { graph: tidied(computed.graph), weights: computed.weights };
}

/** The same graph with fewer operators: constants computed, rows left as rows. */
export const tidied = (g: Graph): Graph => cleanUp(sinkReshapes(cleanUp(g)));
