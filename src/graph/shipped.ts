import { cleanUp } from './cleanup.ts';
import { type Folded, foldBatchNorm, type Weights } from './fold-batch-norm.ts';
import { foldPooledConv } from './fold-pooled-conv.ts';
import type { Graph } from './graph.ts';
import { sinkReshapes } from './sink-reshapes.ts';

/** A graph as it is shipped computes the same numbers with less work. */

/** What can be computed from the weights beforehand: batch normalisations and pooled depthwise convolutions are folded. */
export function folded(g: Graph, weights: Weights): Folded {
  const normed = foldBatchNorm(g, weights);
  return { ...normed, ...foldPooledConv(normed.graph, normed.weights) };
}

/** The same graph with fewer operators: constants computed, rows left as rows. */
export const tidied = (g: Graph): Graph => cleanUp(sinkReshapes(cleanUp(g)));
