import { mapTensors } from './map-tensors.ts';
import type { Graph, Model, Node, TensorProto } from './messages.ts';

/** Every node of a model at any depth: of its graph, of the branches and bodies inside, and of functions it defines. */
export function* everyNode(model: Pick<Model, 'graph' | 'functions'>): Generator<Node> {
  yield* nodesIn(model.graph.node);
  for (const f of model.functions ?? []) yield* nodesIn(f.node);
}

function* nodesIn(nodes: readonly Node[]): Generator<Node> {
  for (const node of nodes) {
    yield node;
    for (const a of node.attribute) {
      const inside: readonly Graph[] = a.type === 'graph' ? [a.value] : a.type === 'graphs' ? a.value : [];
      for (const g of inside) yield* nodesIn(g.node);
    }
  }
}

/** Every tensor that a model holds, at any depth, sparse ones' parts included. */
export function everyTensor(model: Model): TensorProto[] {
  const all: TensorProto[] = [];
  mapTensors(model, (t) => {
    all.push(t);
    return t;
  });
  return all;
}
