import { concat, split } from './build.ts';
import { frontier } from './frontier.ts';
import { type Graph, graph, nameOf, reachable } from './graph.ts';
import { replacing, rewrite } from './rewrite.ts';
import { input, type Value } from './value.ts';

/** A graph in two: what need not be computed again while one input changes, and the rest. */
export interface Hoisted {
  /** Takes the other inputs; its outputs go over to `rest`. */
  readonly first: Graph;
  /** Takes the input that changes, what `first` gives, and those other inputs that it reads itself; gives the graph's outputs. */
  readonly rest: Graph;
}

/**
 * Loop-invariant code motion: cuts a graph into what depends on inputs other than `varying` alone, and the rest, so that the first can be
 * computed once for many runs, or for many rows at once where no row looks at another. Values of one form go over as one tensor. Only values
 * with a row for each one of a batch are carried; others are computed on both sides. Undefined where nothing is.
 */
export function hoist(g: Graph, varying: string): Hoisted | undefined {
  const outputs = [...g.outputs.values()];
  const fixed = invariant(outputs, varying);
  const carried = frontier(fixed, outputs).filter((v) => v.origin.kind === 'node' && hasRows(v));
  if (carried.length === 0) return undefined;
  const forms = alike(carried);
  const names = forms.map((_, i) => `hoisted.${i}`);
  const parts = forms.map((values, i) => unpacked(values, names[i]!));
  const pairs = forms.flatMap((values, i) => values.map((v, k) => [v, parts[i]![k]!] as const));
  return {
    first: graph(new Map(forms.map((values, i) => [names[i]!, concat(values, axisOf(values[0]!))])), `${g.name}.first`),
    rest: rewrite(g, replacing(new Map(pairs))),
  };
}

/** What depends on some input, and not on `varying`. */
function invariant(outputs: readonly Value[], varying: string): Value[] {
  const [changes, stays] = [new Set<Value>(), new Set<Value>()];
  for (const v of reachable(outputs)) {
    const { origin } = v;
    const from = origin.kind === 'node' ? origin.node.inputs : [];
    if (nameOf(v) === varying || from.some((i) => i && changes.has(i))) changes.add(v);
    else if (origin.kind === 'input' || from.some((i) => i && stays.has(i))) stays.add(v);
  }
  return [...stays];
}

const hasRows = ({ type: { shape } }: Value) =>
  shape.length > 1 && typeof shape[0] === 'string' && shape.slice(1).every((d) => typeof d === 'number');

/** The axis along which values are joined: the only one that has a length, else the first after the batch's. */
function axisOf({ type: { shape } }: Value): number {
  const long = shape.flatMap((d, axis) => (axis > 0 && d !== 1 ? [axis] : []));
  return long.length === 1 ? long[0]! : 1;
}

/** Values that can be joined, together. */
function alike(values: readonly Value[]): Value[][] {
  const forms = new Map<string, Value[]>();
  for (const v of values) forms.set(formOf(v), [...(forms.get(formOf(v)) ?? []), v]);
  return [...forms.values()];
}

function formOf(v: Value): string {
  const axis = axisOf(v);
  return `${v.type.dtype}[${v.type.shape.map((d, i) => (i === axis ? '*' : d))}]`;
}

/** The values again, out of an input that holds them all. */
function unpacked(values: readonly Value[], name: string): readonly Value[] {
  const { dtype, shape } = values[0]!.type;
  const axis = axisOf(values[0]!);
  const lengths = values.map((v) => Number(v.type.shape[axis]));
  const total = lengths.reduce((a, b) => a + b);
  const all = input(
    name,
    dtype,
    shape.map((d, i) => (i === axis ? total : d)),
  );
  return lengths.length === 1 ? [all] : split(all, lengths, axis);
}
