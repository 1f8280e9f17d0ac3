import { bytesOf } from '../../base/tensor.ts';
import { graphCost } from '../cost.ts';
import { boundDim, type Dim } from '../dim.ts';
import type { Graph } from '../graph.ts';
import { type Op, opOf } from '../op.ts';
import type { Node, TensorType, Value } from '../value.ts';

/** One node as a runtime sees it: values are numbers. */
export interface Step {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** What it writes lies in the memory of what it reads first. */
  readonly view: boolean;
  /** What it writes may take the memory of something it reads that is as large and that nobody reads later. */
  readonly inPlace: boolean;
  /** What computing it takes, in floating-point operations; passes over memory count for some. */
  readonly cost: number;
  /** Whether a second run gives the same numbers. */
  readonly repeatable: boolean;
  /** Whether only late outputs need it. */
  readonly late: boolean;
  /** Of two steps whose results a third one reads, the runtime does that with the higher rank first. */
  readonly rank: number;
}

/** A graph as a list of steps, each after those whose results it reads. */
export interface Steps {
  readonly steps: readonly Step[];
  /** Of each value; 0 where it lies in memory that is there anyway: inputs, parameters, constants, late outputs. */
  readonly bytes: readonly number[];
  /** Of each value, a number for its shape as the runtime knows it: it gives memory on only to values of the very same shape; -1: to none. */
  readonly kinds: readonly number[];
  /** The same of what is computed a second time, where no size is open. */
  readonly boundKinds: readonly number[];
  /** The values that are asked for, one after another. */
  readonly roots: readonly number[];
}

/** Operations that a core does in the time in which it reads or writes a byte of a large array. */
const OPERATIONS_A_BYTE = 8;

/**
 * A graph as steps, with numbers for its symbols; step `i` is its node `i`. `isLate` tells the outputs that are asked for last and written
 * into memory that is there anyway: gradients.
 */
export function stepsOf(
  g: Graph,
  isLate: (output: string) => boolean,
  symbols: Readonly<Record<string, number>> = {},
): Steps {
  const numbers = new Map<Value, number>();
  const numberOf = (v: Value) => {
    const known = numbers.get(v) ?? numbers.size;
    numbers.set(v, known);
    return known;
  };
  const { early, late } = askedFor(g, isLate);
  const sizes = { ...openSizes(g), ...symbols };
  const needed = nodesBehind(early);
  const elsewhere = new Set(late);
  const work = graphCost(g, sizes).nodes;
  const steps = g.nodes.map((node, rank): Step => {
    const op: Op = opOf(node.op);
    const view = op.view === 'whole' && !elsewhere.has(node.outputs[0]!);
    return {
      reads: node.inputs.flatMap((v) => (v ? [numberOf(v)] : [])),
      writes: node.outputs.map(numberOf),
      view,
      inPlace: op.elementwise === true,
      cost: view ? 0 : work[rank]!.flops + OPERATIONS_A_BYTE * work[rank]!.bytes,
      repeatable: !op.random,
      late: !needed.has(node),
      rank,
    };
  });
  const roots = [...early, ...late].map(numberOf);
  const bytes = [...numbers.keys()].map((v) =>
    v.origin.kind === 'node' && !elsewhere.has(v) ? bytesIn(v.type, sizes) : 0,
  );
  const texts = new Map<string, number>();
  const kindOf = ({ dtype, shape }: TensorType) => {
    // A single number is never worth it.
    if (shape.length === 0) return -1;
    const text = `${bytesOf(dtype)} ${shape}`;
    const known = texts.get(text) ?? texts.size;
    texts.set(text, known);
    return known;
  };
  const kinds = [...numbers.keys()].map((v) => kindOf(v.type));
  const boundKinds = [...numbers.keys()].map(({ type }) => kindOf({ ...type, shape: boundShape(type.shape, symbols) }));
  return { steps, bytes, kinds, boundKinds, roots };
}

/** What batches differ in, such as the boxes in a picture: it is planned with so many. */
const OPEN_SIZE = 16;

/** A number for each symbol in the inputs' shapes. */
const openSizes = (g: Graph): Record<string, number> =>
  Object.fromEntries(
    g.inputs.flatMap((v) => v.type.shape.filter((d) => typeof d === 'string').map((d) => [d, OPEN_SIZE])),
  );

/** The shape with numbers for its symbols; what only a run knows stays open. */
export const boundShape = (shape: readonly Dim[], symbols: Readonly<Record<string, number>>): Dim[] =>
  shape.map((d) => boundDim(d, symbols));

/**
 * The values of a graph's outputs, as they should be asked for: the late ones as they were made, which for gradients is from the loss
 * backwards, so that each follows what it is made of.
 */
export function askedFor(g: Graph, isLate: (output: string) => boolean) {
  const part = (late: boolean) => [
    ...new Set([...g.outputs].flatMap(([name, v]) => (isLate(name) === late ? [v] : []))),
  ];
  return { early: part(false), late: part(true).sort((a, b) => a.id - b.id) };
}

function nodesBehind(values: readonly Value[]): Set<Node> {
  const seen = new Set<Node>();
  const left = [...values];
  for (let v = left.pop(); v; v = left.pop()) {
    if (v.origin.kind !== 'node' || seen.has(v.origin.node)) continue;
    seen.add(v.origin.node);
    for (const x of v.origin.node.inputs) if (x) left.push(x);
  }
  return seen;
}

/** A dimension that is known only when the graph runs counts as nothing. */
const bytesIn = ({ dtype, shape }: TensorType, symbols: Readonly<Record<string, number>>) =>
  boundShape(shape, symbols).reduce<number>((n, d) => n * (typeof d === 'number' ? d : 0), 1) * bytesOf(dtype);
