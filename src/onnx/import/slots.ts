import { sameShape } from '../../graph/dim.ts';
import { opOf } from '../../graph/op.ts';
import { constantOf, type Node, type Value } from '../../graph/value.ts';
import { isFloat } from './attributes.ts';

/** What a constant is used for. */
export interface Slot {
  readonly node: Node;
  readonly input: number;
  /** Used as weights, biases, scales and tables are. */
  readonly learned: boolean;
  /** A running mean or variance. */
  readonly statistic: boolean;
  /** Starts at one: a scale, a variance. */
  readonly one: boolean;
  /** What a layer looks at, rather than what it weighs with: coordinates that go through a small network. */
  readonly looked: boolean;
  /** How many nodes read it. */
  readonly uses: number;
}

/** What an operator reads an input as. */
const partOf = (node: Node, input: number) => opOf(node.op).parameters?.[input];

/** Weights, biases, scales, tables, tokens; running statistics are learned in another way. */
function isLearnedInput(node: Node, input: number): boolean {
  const part = partOf(node, input);
  return part !== undefined && part !== 'mean' && part !== 'variance';
}

/** Operators that combine an activation with a learned vector: biases, layer scales, position embeddings, class tokens. */
const combining = new Set(['Add', 'Mul', 'Concat']);
/** Operators by which a single number that is called as a parameter is learned: scales, shifts, temperatures, exponents. */
const scaling = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);
/** What goes through these is an encoding of places, made of frequencies that nobody trains. */
const encoding = new Set(['Sin', 'Cos']);
/** What comes after one of these is a feature; before them, the image is only being prepared. */
const weighs = (node: Node) => opOf(node.op).parameters?.includes('weight') === true;

/**
 * The use of every constant among `values` (in topological order), seen through what is computed from constants alone. `named`
 * says whether a constant is called as parameters are, which is all that single numbers tell.
 */
export function slotsOf(values: readonly Value[], named: (v: Value) => boolean): Map<Value, Slot> {
  const readers = new Map<Value, { node: Node; input: number }[]>();
  const fixed = new Set<Value>();
  const features = new Set<Value>();
  const seen = new Set<Node>();
  for (const v of values) {
    if (v.origin.kind === 'const') fixed.add(v);
    if (v.origin.kind !== 'node') continue;
    const { node } = v.origin;
    const inputs = node.inputs.filter((i) => i !== undefined);
    if (inputs.every((i) => fixed.has(i))) fixed.add(v);
    if (weighs(node) || inputs.some((i) => features.has(i))) features.add(v);
    if (seen.has(node)) continue;
    seen.add(node);
    node.inputs.forEach((i, input) => {
      if (!i) return;
      const list = readers.get(i);
      if (list) list.push({ node, input });
      else readers.set(i, [{ node, input }]);
    });
  }
  const slots = new Map<Value, Slot>();
  const tested = new Set<Value>();
  for (const v of [...values].reverse()) {
    const uses = readers.get(v);
    if (!uses || !fixed.has(v)) continue;
    const made = (node: Node) => node.outputs.filter((y) => fixed.has(y));
    if (uses.some(({ node }) => stops(node) || made(node).some((y) => tested.has(y)))) tested.add(v);
    const found = uses.map(({ node, input }): Slot => {
      const own = { ...direct(node, input, v, features, named), uses: 0 };
      const [y] = made(node);
      if (!y) return own;
      // What is made of constants alone is learned only if it is used as weights are in the end.
      const beyond = made(node).find((z) => slots.get(z)?.learned);
      if (!beyond || !passesOn(node, input, v, named)) return { ...own, learned: false };
      const there = slots.get(beyond)!;
      // A layer over constants alone: its weights are named after it, and what it looks at may be no weight.
      if (!opOf(node.op).parameters || partOf(node, 0) === 'token') return there;
      return weighs(node) && input === 0 ? { ...there, looked: true } : { ...there, node, input, one: own.one };
    });
    const best = found.find((s) => s.learned) ?? found.find((s) => s.statistic) ?? found[0]!;
    const table = best.looked && isTable(v);
    slots.set(v, { ...best, learned: best.learned && !tested.has(v) && !table, uses: uses.length });
  }
  return slots;
}

/** What is compared says where something is, as masks do; it is no weight. */
function stops(node: Node): boolean {
  const { gradient, typeOnly } = opOf(node.op);
  return gradient === 'stops' && !typeOnly;
}

/** Whether a constant under a weight is a weight itself: numbers that scale it, and a norm's ones and zeros, are not. */
function passesOn(node: Node, input: number, v: Value, named: (v: Value) => boolean): boolean {
  if (!isFloat(v.type.dtype) || encoding.has(node.op)) return false;
  // No gradient goes to running statistics, computed ones neither.
  if (node.op === 'BatchNormalization' && input >= 3) return false;
  const data = constantOf(v)?.data as Float32Array | undefined;
  if (!data) return true;
  const norm = node.op.endsWith('Normalization') && input > 0;
  return (data.length > 1 || named(v)) && !(norm && isUniform(data));
}

/** The use of `v` by one node. */
export function slotOf(node: Node, v: Value): Slot {
  return { ...direct(node, node.inputs.indexOf(v), v, undefined, () => true), uses: 1 };
}

function direct(
  node: Node,
  input: number,
  v: Value,
  features: ReadonlySet<Value> | undefined,
  named: (v: Value) => boolean,
): Omit<Slot, 'uses'> {
  const float = isFloat(v.type.dtype);
  const norm = node.op.endsWith('Normalization');
  // Statistics of the batch take no running ones.
  const inFile = node.op === 'BatchNormalization' && node.attrs.training_mode === 1;
  const statistic = node.op === 'BatchNormalization' && input >= 3;
  const listed = isLearnedInput(node, input);
  const combined =
    features !== undefined && (isLearnedVector(node, v, features) || isLearnedNumber(node, v, features, named));
  return {
    node,
    input,
    learned: float && !inFile && (listed || combined || statistic) && (partOf(node, input) !== 'token' || !isNumber(v)),
    statistic: statistic && !inFile,
    looked: false,
    one: (norm && input === 1) || (statistic && input === 4),
  };
}

const isNumber = (v: Value) => constantOf(v)?.data.length === 1;

/** A vector that is added to features, or multiplies them, without making them larger; or a token joined to them. */
function isLearnedVector(node: Node, v: Value, features: ReadonlySet<Value>): boolean {
  if (!combining.has(node.op)) return false;
  const others = node.inputs.filter((i) => i && i !== v && features.has(i));
  const [y] = node.outputs;
  const t = constantOf(v);
  if (others.length === 0 || !y || isNumber(v) || (t && isMask(t.data as Float32Array))) return false;
  return node.op === 'Concat' || others.some((o) => o && sameShape(o.type.shape, y.type.shape));
}

/** A number that scales features, shifts them or is their exponent, and is called as a parameter. */
function isLearnedNumber(node: Node, v: Value, features: ReadonlySet<Value>, named: (v: Value) => boolean): boolean {
  // What is made of a number is one as well: only what it is made of has a name.
  const called = v.origin.kind === 'node' ? v.type.shape.every((d) => d === 1) : isNumber(v) && named(v);
  return called && scaling.has(node.op) && node.inputs.some((i) => i && i !== v && features.has(i));
}

/** Few different numbers, again and again, as coordinates are; not all the same, as what is learned may begin. */
function isTable(v: Value): boolean {
  const data = constantOf(v)?.data as Float32Array | undefined;
  if (!data || data.length < 8) return false;
  const different = new Set(data).size;
  return different > 1 && different <= data.length / 2;
}

/** Zeros, and numbers so low that softmax makes zeros of them. */
const isMask = remembered((data) => data.some((x) => x <= -50) && data.every((x) => x === 0 || x <= -50));

/** All elements are equal. */
export const isUniform = remembered((data) => data.every((x) => x === data[0]));

/** A question about a tensor that is asked for each of its uses. */
function remembered(ask: (data: Float32Array) => boolean): (data: Float32Array) => boolean {
  const answers = new WeakMap<Float32Array, boolean>();
  return (data) => {
    const known = answers.get(data) ?? ask(data);
    answers.set(data, known);
    return known;
  };
}
