import { i64 } from '../../base/tensor.ts';
import { ints } from '../build.ts';
import { type Dim, sameShape } from '../dim.ts';
import { type Graph, graph } from '../graph.ts';
import { apply1, applyLike, inScope, type Op, opOf } from '../op.ts';
import { shapeValue } from '../shape-value.ts';
import { constant, type Node, type Value } from '../value.ts';
import { type Chosen, withViews } from './again.ts';
import { askedFor, boundShape, type Steps } from './steps.ts';

/** The name of the output that `inOrder` adds. */
export const ORDER = 'order:';

type Symbols = Readonly<Record<string, number>>;

/**
 * A value with numbers for the symbols in its shape: the same memory under another shape, at no cost. ONNX Runtime gives memory that has
 * become free only to values of the same shape, and keeps it until then: where late values have numbers and early ones a symbol, nothing
 * of what the forward pass has done with waits for the backward pass.
 */
function boundValue(v: Value, symbols: Symbols): Value {
  const { dtype, shape } = v.type;
  if (dtype === 'int64' && shape.length <= 1) {
    const numbers = numbersIn(shapeValue(v) ?? ['?'], symbols);
    if (numbers) return constant(i64(shape as number[], numbers));
  }
  const bound = numbersIn(shape, symbols);
  return bound && !sameShape(bound, shape) ? apply1('Reshape', [v, ints(bound)]) : v;
}

/** All dimensions as numbers, where the symbols are enough for that. */
function numbersIn(shape: readonly Dim[], symbols: Symbols): number[] | undefined {
  const bound = boundShape(shape, symbols);
  return bound.every((d) => typeof d === 'number') ? (bound as number[]) : undefined;
}

/**
 * The graph with numbers for its symbols in all that only late outputs need, and the chosen steps a second time for them (`withAgain`, in
 * nodes). Nothing may merge equal nodes of it afterwards.
 */
export function boundLate(
  g: Graph,
  late: (node: number) => boolean,
  symbols: Symbols,
  chosen: Chosen = new Set(),
): Graph {
  const [first, second] = [new Map<Value, Value>(), new Map<Value, Value>()];
  const isLateValue = new Set<Value>();
  const early = (v: Value) => first.get(v) ?? v;
  const gated = (v: Value) => {
    const known = second.get(v);
    if (known) return known;
    const now = early(v);
    const bound =
      isLateValue.has(v) || v.origin.kind === 'param' || v.origin.kind === 'const' ? now : boundValue(now, symbols);
    second.set(v, bound);
    return bound;
  };
  const copy = (node: Node, of: (v: Value) => Value, to: Map<Value, Value>) => {
    const inputs = node.inputs.map((v) => v && of(v));
    const made = inScope(node.scope, () => applyLike(node, inputs));
    const [x] = inputs;
    // What was there to bind an input that is bound now.
    const { view }: Op = opOf(node.op);
    const same = view === 'whole' && x && sameShape(x.type.shape, made[0]!.type.shape);
    node.outputs.forEach((v, k) => {
      to.set(v, same ? x : made[k]!);
    });
  };
  // All anew, as the order of the values' making is the order of the nodes in the model.
  g.nodes.forEach((node, i) => {
    if (late(i)) for (const v of node.outputs) isLateValue.add(v);
    copy(node, late(i) ? gated : early, first);
    if (chosen.has(i)) copy(node, gated, second);
  });
  return graph(new Map([...g.outputs].map(([name, v]) => [name, early(v)])), g.name);
}

/** The graph with the chosen steps, and the views of what they write, computed a second time for what only late outputs need. */
export function computedAgain(g: Graph, s: Steps, chosen: Chosen, symbols: Symbols = {}): Graph {
  return chosen.size === 0 ? g : boundLate(g, (i) => s.steps[i]!.late, symbols, withViews(s, chosen));
}

/**
 * The graph with an output more, which hangs on all others in such a way that ONNX Runtime computes one after another, those that
 * `isLate` names last (`askedFor`, `runOrder`). Without it the runtime begins with what was written last, so the gradient of the first layer goes
 * before all others and keeps what they need in memory.
 */
export function inOrder(g: Graph, isLate: (output: string) => boolean): Graph {
  const outputs = new Map<string, Value>();
  // One value under two names is printed with a node for the second, which would hang on nothing.
  for (const [name, v] of g.outputs) outputs.set(name, [...outputs.values()].includes(v) ? apply1('Identity', [v]) : v);
  const { early, late } = askedFor(graph(outputs), isLate);
  const values = [...early, ...late].filter((v) => v.origin.kind === 'node');
  // The runtime looks first at what was made last.
  const sizes = values.reverse().map((v) => apply1('Size', [v]));
  return graph(new Map([...outputs, [ORDER, apply1('Max', sizes)]]), g.name);
}
