import { check, YosegiError } from '../base/errors.ts';
import './ops/index.ts';
import type { Node, Role, Value } from './value.ts';

/**
 * A graph is what its outputs reach: immutable, dead values cannot exist. Inputs, parameters and nodes are found by walking
 * back from the outputs.
 */
export interface Graph {
  readonly name: string;
  readonly outputs: ReadonlyMap<string, Value>;
  readonly inputs: readonly Value[];
  readonly params: readonly Value[];
  readonly constants: readonly Value[];
  /** In topological order. */
  readonly nodes: readonly Node[];
}

/** The graph of the given outputs. Names of inputs and parameters must be unique. */
export function graph(outputs: Readonly<Record<string, Value>> | ReadonlyMap<string, Value>, name = 'graph'): Graph {
  const map = outputs instanceof Map ? outputs : new Map(Object.entries(outputs));
  const values = reachable([...map.values()]);
  const of = (kind: Value['origin']['kind']) => values.filter((v) => v.origin.kind === kind);
  const nodes: Node[] = [];
  const seen = new Set<Node>();
  for (const { origin } of values) {
    if (origin.kind === 'node' && !seen.has(origin.node)) {
      seen.add(origin.node);
      nodes.push(origin.node);
    }
  }
  const names = new Set<string>();
  for (const v of [...of('input'), ...of('param')]) {
    const n = nameOf(v)!;
    check(!names.has(n), () => `two inputs or parameters are named '${n}'`);
    names.add(n);
  }
  return { name, outputs: map, inputs: of('input'), params: of('param'), constants: of('const'), nodes };
}

/** Everything the values depend on, themselves included, in topological order. */
export function reachable(from: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const stack = [...from];
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    if (v.origin.kind === 'node') for (const i of v.origin.node.inputs) if (i) stack.push(i);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The name of an input or parameter. */
export function nameOf(value: Value): string | undefined {
  return value.origin.kind === 'input' || value.origin.kind === 'param' ? value.origin.name : undefined;
}

/** The role of a parameter. */
export function roleOf(value: Value): Role {
  if (value.origin.kind !== 'param') throw new YosegiError('only a parameter has a role');
  return value.origin.role;
}

/** The named output; throws with the names there are. */
export function outputOf(g: Graph, name: string): Value {
  const value = g.outputs.get(name);
  check(value, () => `the graph has no output '${name}'; it has ${[...g.outputs.keys()].join(', ')}`);
  return value;
}

/** The graph as text, one line for each node. */
export function show(g: Graph): string {
  const names = new Map<Value, string>();
  const name = (v: Value): string => {
    const known = names.get(v);
    if (known) return known;
    const { origin } = v;
    const fresh =
      origin.kind === 'const'
        ? origin.tensor.data.length === 1
          ? String(origin.tensor.data[0])
          : `const[${v.type.shape}]`
        : (nameOf(v) ?? `%${names.size}`);
    names.set(v, fresh);
    return fresh;
  };
  const typed = (v: Value) => `${name(v)}: ${v.type.dtype}[${v.type.shape.join(', ')}]`;
  const lines = [`${g.name}(${g.inputs.map(typed).join(', ')})`];
  for (const node of g.nodes) {
    const attrs = Object.entries(node.attrs).map(([k, v]) => `${k}=${typeof v === 'object' ? JSON.stringify(v) : v}`);
    const args = [...node.inputs.map((i) => (i ? name(i) : '_')), ...attrs].join(', ');
    lines.push(`  ${node.outputs.map(typed).join(', ')} = ${node.op}(${args})`);
  }
  lines.push(`  return ${[...g.outputs].map(([n, v]) => `${n} = ${name(v)}`).join(', ')}`);
  return lines.join('\n');
}
