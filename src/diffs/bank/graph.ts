import { layersOf } from '../../adapters/layers.ts';
import { add, gather, matmul, reshape, split } from '../../graph/build.ts';
import { type Graph, graph } from '../../graph/graph.ts';
import { applyLike } from '../../graph/op.ts';
import { countReaders } from '../../graph/readers.ts';
import { rebuild } from '../../graph/rewrite.ts';
import { input, type Node, type Value } from '../../graph/value.ts';
import type { Model } from '../../models/model.ts';
import { besideLayer, type Factors, factorOf } from './beside.ts';
import type { BankPlan } from './plan.ts';

/** The rows of numbers of all tasks, [tasks, width], and which of them each picture's task is, [N] from 0. */
export const ROWS = 'rows';
export const TASK = 'task';

/**
 * A backbone with what tasks have learned beside its layers as inputs: `image` [N, channels, height, width], `rows` [T, width] and `task`
 * [N] give `logits` [N, classes] of the largest head. A picture sees the factors of its own task; those of others may be in the same batch.
 */
export function bankGraph(model: Model, plan: BankPlan): Graph {
  const { layers, classes, features, parts } = plan;
  const rows = input(ROWS, 'float32', ['T', plan.width]);
  const mine = split(gather(rows, input(TASK, 'int64', ['N'])), parts, 1);
  const found = new Map(layersOf([model.pooled]).map((l) => [l.name, l]));
  const sites = new Map<Node, Factors>();
  layers.forEach((layer, i) => {
    for (const node of found.get(layer.name)?.nodes ?? [])
      sites.set(node, { layer, a: mine[2 * i]!, b: mine[2 * i + 1]! });
  });
  const pooled = beside(model.pooled, sites);
  const weight = reshape(mine.at(-2)!, ['N', classes, features]);
  const logits = reshape(matmul(weight, reshape(pooled, ['N', features, 1])), ['N', classes]);
  return graph({ logits: add(logits, mine.at(-1)!) }, model.name);
}

/**
 * `root` with the sites' shares added. A frozen normalisation right behind a layer is taken into its share, so that what is left of the
 * backbone folds as it would without.
 */
function beside(root: Value, sites: ReadonlyMap<Node, Factors>): Value {
  const readers = countReaders(graph({ root }));
  const normed = new Map<Node, Node>();
  for (const node of graph({ root }).nodes) {
    const from = node.inputs[0]?.origin;
    if (
      node.op === 'BatchNormalization' &&
      from?.kind === 'node' &&
      sites.has(from.node) &&
      readers.get(node.inputs[0]!) === 1
    )
      normed.set(from.node, node);
  }
  const behind = new Map([...normed].map(([layer, norm]) => [norm, layer]));
  const read = new Map<Node, Value>();
  const made = rebuild([root], {
    node: (node, inputs) => {
      const site = sites.get(node);
      if (site) {
        const plain = applyLike(node, inputs)[0]!;
        read.set(node, inputs[0]!);
        return [normed.has(node) ? plain : add(plain, besideLayer(node, inputs[0]!, site))];
      }
      const layer = behind.get(node);
      if (!layer) return undefined;
      const [normalised] = applyLike(node, inputs);
      return [add(normalised!, besideLayer(layer, read.get(layer)!, sites.get(layer)!, factorOf(node)))];
    },
  });
  return made.get(root)!;
}
