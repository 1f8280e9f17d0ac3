import { sameBytes, type Tensor } from '../base/tensor.ts';
import type { Weights } from './fold-batch-norm.ts';
import { type Graph, graph, nameOf, reachable } from './graph.ts';
import { nodeKey } from './node-key.ts';
import { applyLike, opOf } from './op.ts';
import { rebuild } from './rewrite.ts';
import { constantOf, type Node, param, type Value } from './value.ts';

/** A graph that becomes part of a larger one. */
export interface Part {
  /** What its outputs, and the parameters that are its own, are called by. */
  readonly name: string;
  readonly graph: Graph;
  /** Values of the graph's parameters. */
  readonly constants: Weights;
}

export interface Merged {
  /** Outputs are `<part>/<output>`, in the order of the parts. */
  readonly graph: Graph;
  readonly constants: Map<string, Tensor>;
  /** How many parts need each node. */
  readonly users: ReadonlyMap<Node, number>;
}

/**
 * Several graphs as one that computes what they have in common once: same input, same operator, same attributes, and parameters and
 * constants with the same bytes, whatever their names are. A parameter that several parts need keeps its name; one that a
 * single part needs becomes `<part>/<name>`. Nothing else is changed: each part's outputs are computed by the very nodes that
 * it had alone.
 */
export function mergeGraphs(parts: readonly Part[], name: string): Merged {
  const tensors = new Distinct();
  const leaves = new Map<string, Value>();
  const nodes = new Map<string, readonly Value[]>();
  const values = new Map<Value, Tensor>();
  const once = <T>(known: Map<string, T>, key: string, make: () => T): T => {
    const hit = known.get(key) ?? make();
    known.set(key, hit);
    return hit;
  };
  const joined = parts.map((part) => {
    const map = rebuild([...part.graph.outputs.values()], {
      leaf: (v) => {
        const { origin, type } = v;
        if (origin.kind === 'input') return once(leaves, `${origin.name}: ${type.dtype}[${type.shape}]`, () => v);
        const t = constantOf(v) ?? part.constants.get(nameOf(v)!);
        if (!t) return v;
        const shared = once(leaves, `${origin.kind} ${tensors.idOf(t)}`, () => v);
        if (origin.kind === 'param' && !values.has(shared)) values.set(shared, t);
        return shared;
      },
      node: (node, inputs) => {
        const rebuilt = () => (node.inputs.every((v, i) => v === inputs[i]) ? node.outputs : applyLike(node, inputs));
        if (opOf(node.op).random) return rebuilt();
        const key = nodeKey(node, inputs, (t) => String(tensors.idOf(t)));
        return once(nodes, key, rebuilt);
      },
    });
    return [...part.graph.outputs].map(([output, v]) => [`${part.name}/${output}`, map.get(v)!] as const);
  });
  return named(parts, joined, values, name);
}

type Outputs = readonly (readonly [name: string, value: Value])[];

/** The joined outputs as a graph whose parameters have names of their own. */
function named(
  parts: readonly Part[],
  joined: readonly Outputs[],
  values: ReadonlyMap<Value, Tensor>,
  name: string,
): Merged {
  const readers = new Map<Value, string[]>();
  joined.forEach((outputs, i) => {
    for (const v of reachable(outputs.map(([, value]) => value))) {
      readers.set(v, [...(readers.get(v) ?? []), parts[i]!.name]);
    }
  });
  const taken = new Set<string>();
  const constants = new Map<string, Tensor>();
  const unique = (wanted: string) => {
    let free = wanted;
    for (let i = 2; taken.has(free); i++) free = `${wanted}.${i}`;
    taken.add(free);
    return free;
  };
  const roots = joined.flat();
  const map = rebuild(
    roots.map(([, v]) => v),
    {
      leaf: (v) => {
        if (v.origin.kind !== 'param') return undefined;
        const { origin } = v;
        const [first, ...others] = readers.get(v)!;
        const own = unique(others.length > 0 ? origin.name : `${first}/${origin.name}`);
        if (values.has(v)) constants.set(own, values.get(v)!);
        return param(own, v.type.shape as readonly number[], origin.init, origin.role);
      },
    },
  );
  const outputs = new Map(roots.map(([output, v]) => [output, map.get(v)!]));
  const users = new Map<Node, number>();
  for (const [v, who] of readers) {
    const made = map.get(v)!;
    if (made.origin.kind === 'node') {
      const { node } = made.origin;
      users.set(node, Math.max(users.get(node) ?? 0, who.length));
    }
  }
  return { graph: graph(outputs, name), constants, users };
}

/** Numbers tensors so that those with the same bytes have the same number. */
class Distinct {
  readonly #known = new Map<string, { readonly tensor: Tensor; readonly id: number }[]>();
  #count = 0;

  idOf(tensor: Tensor): number {
    const key = `${tensor.dtype}[${tensor.shape}]${sample(tensor)}`;
    const bucket = this.#known.get(key) ?? [];
    this.#known.set(key, bucket);
    const hit = bucket.find((known) => sameBytes(known.tensor, tensor));
    if (hit) return hit.id;
    const id = ++this.#count;
    bucket.push({ tensor, id });
    return id;
  }
}

/** A few of the values: enough that few tensors have to be compared as a whole. */
function sample({ data }: Tensor): string {
  const step = Math.max(1, Math.floor(data.length / 8));
  return Array.from({ length: Math.min(8, data.length) }, (_, i) => String(data[i * step])).join();
}
