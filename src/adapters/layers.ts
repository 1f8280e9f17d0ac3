import { attrsOf } from '../graph/attributes.ts';
import { reachable } from '../graph/graph.ts';
import type { Node, Value } from '../graph/value.ts';
import { attentionNodes } from './attention.ts';

/** What a layer does in its network; read from the graph, so that an imported model has roles like any other. */
export const roles = ['attention', 'mlp', 'convolution'] as const;
type Role = (typeof roles)[number];

/** A linear map or a convolution whose weight is a parameter. */
export interface Layer {
  /** The weight's name without its last part, e.g. `blocks.1.0.conv_pw`. */
  readonly name: string;
  /** [out, in] or, with `turned`, [in, out]; of a convolution [out, in / groups, …kernel]. */
  readonly weight: Value;
  readonly shape: readonly number[];
  /** A linear map whose weight has its inputs first, as other tools write x·W. */
  readonly turned: boolean;
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Edges of the kernel; none for a linear map. */
  readonly kernel: readonly number[];
  readonly role: Role;
  /** Those that use the weight: mostly one. */
  readonly nodes: readonly Node[];
  /** Reads the picture itself, with no layer before it. */
  readonly first: boolean;
}

/** The layers that `roots` depend on, in the order in which data reaches them. */
export function layersOf(roots: readonly Value[]): Layer[] {
  const values = reachable(roots);
  const nodes = [...new Set(values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.node] : [])))];
  const data = dataDependent(values);
  const weighted = new Map<Node, Weighted>();
  for (const node of nodes) {
    const found = weightedBy(node, data);
    if (found) weighted.set(node, found);
  }
  const attention = attentionNodes(nodes, data, new Set(weighted.keys()));
  const learned = behindLayers(nodes, new Set(weighted.keys()));
  const layers = new Map<Value, Layer>();
  for (const [node, about] of weighted) {
    const known = layers.get(about.weight);
    if (known) {
      layers.set(about.weight, { ...known, nodes: [...known.nodes, node] });
      continue;
    }
    const role = attention.has(node) ? 'attention' : about.kernel.length === 0 ? 'mlp' : 'convolution';
    layers.set(about.weight, { ...about, role, nodes: [node], first: !learned.has(node.inputs[0]!) });
  }
  return [...layers.values()];
}

type Weighted = Omit<Layer, 'role' | 'nodes' | 'first'>;

/** What the node's weight is, where it has one that is a parameter of its own and meets data. */
function weightedBy(node: Node, data: ReadonlySet<Value>): Weighted | undefined {
  const [x, weight] = node.inputs;
  if (!x || !data.has(x) || weight?.origin.kind !== 'param' || weight.origin.role !== 'trainable') return undefined;
  const shape = weight.type.shape as readonly number[];
  const name = weight.origin.name.replace(/\.weight$/, '');
  const about = { name, weight, shape, turned: false, groups: 1, kernel: [] };
  const attrs = attrsOf(node);
  switch (node.op) {
    case 'Conv': {
      const groups = attrs.int('group');
      return { ...about, groups, inputs: shape[1]! * groups, outputs: shape[0]!, kernel: shape.slice(2) };
    }
    case 'Gemm': {
      if (attrs.int('transA') === 1 || attrs.float('alpha') !== 1) return undefined;
      const turned = attrs.int('transB') === 0;
      return { ...about, turned, inputs: shape[turned ? 0 : 1]!, outputs: shape[turned ? 1 : 0]! };
    }
    case 'MatMul':
      return shape.length === 2 ? { ...about, turned: true, inputs: shape[0]!, outputs: shape[1]! } : undefined;
    default:
      return undefined;
  }
}

/** Values that hang on what the graph is given. */
export function dataDependent(values: readonly Value[]): Set<Value> {
  const found = new Set<Value>();
  for (const v of values) {
    const { origin } = v;
    if (origin.kind === 'input' || (origin.kind === 'node' && origin.node.inputs.some((i) => i && found.has(i))))
      found.add(v);
  }
  return found;
}

/** Values with a layer somewhere before them. */
function behindLayers(nodes: readonly Node[], weighted: ReadonlySet<Node>): Set<Value> {
  const found = new Set<Value>();
  for (const node of nodes) {
    if (!weighted.has(node) && !node.inputs.some((i) => i && found.has(i))) continue;
    for (const y of node.outputs) found.add(y);
  }
  return found;
}
