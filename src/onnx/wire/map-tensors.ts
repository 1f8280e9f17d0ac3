import type { Attribute, Graph, Model, Node, SparseTensor, TensorProto } from './messages.ts';

/** Where a tensor stands: an initialiser of a graph or subgraph, or inside an attribute or a sparse tensor. */
type TensorPlace = 'initializer' | 'inside';

export type TensorMap = (proto: TensorProto, place: TensorPlace) => TensorProto;

/** The model with every tensor in it, at any depth, replaced by what `f` makes of it. */
export function mapTensors(model: Model, f: TensorMap): Model {
  return {
    ...model,
    graph: inGraph(model.graph, f),
    functions: model.functions?.map((fn) => ({
      ...fn,
      node: fn.node.map((n) => inNode(n, f)),
      attributeProto: fn.attributeProto.map((a) => inAttribute(a, f)),
    })),
    trainingInfo: model.trainingInfo?.map((info) => ({
      ...info,
      initialization: info.initialization && inGraph(info.initialization, f),
      algorithm: info.algorithm && inGraph(info.algorithm, f),
    })),
  };
}

function inGraph(graph: Graph, f: TensorMap): Graph {
  return {
    ...graph,
    initializer: graph.initializer.map((t) => f(t, 'initializer')),
    node: graph.node.map((n) => inNode(n, f)),
    sparseInitializer: graph.sparseInitializer?.map((s) => inSparse(s, f)),
  };
}

function inNode(node: Node, f: TensorMap): Node {
  return node.attribute.length === 0 ? node : { ...node, attribute: node.attribute.map((a) => inAttribute(a, f)) };
}

function inAttribute(a: Attribute, f: TensorMap): Attribute {
  switch (a.type) {
    case 'tensor':
      return { ...a, value: f(a.value, 'inside') };
    case 'tensors':
      return { ...a, value: a.value.map((t) => f(t, 'inside')) };
    case 'sparseTensor':
      return { ...a, value: inSparse(a.value, f) };
    case 'sparseTensors':
      return { ...a, value: a.value.map((s) => inSparse(s, f)) };
    case 'graph':
      return { ...a, value: inGraph(a.value, f) };
    case 'graphs':
      return { ...a, value: a.value.map((g) => inGraph(g, f)) };
    default:
      return a;
  }
}

function inSparse(sparse: SparseTensor, f: TensorMap): SparseTensor {
  return {
    ...sparse,
    values: sparse.values && f(sparse.values, 'inside'),
    indices: sparse.indices && f(sparse.indices, 'inside'),
  };
}
