import { readAttributes } from '../../../graph/attributes.ts';
import { gelu, hardSigmoid, hardSwish } from '../../../graph/build.ts';
import { apply1 } from '../../../graph/op.ts';
import type { Node, Value } from '../../../graph/value.ts';
import { near, nodeOf, numberOf, same } from './values.ts';

/**
 * Activation functions that exporters wrote out. Whatever the order of the products and sums, such a function is
 * p(x) + q(x) · A with polynomials p and q and one function A (erf, tanh, sigmoid, clip) of a polynomial of x.
 */

/** Coefficients by degree. */
type Polynomial = readonly number[];
interface Form {
  readonly p: Polynomial;
  readonly q: Polynomial;
}

const MAX_DEGREE = 4;
const MAX_DEPTH = 7;
/** Values looked at for one product: what exporters write out takes a few dozen. */
const MAX_STEPS = 4000;
let steps = 0;

const plus = (a: Polynomial, b: Polynomial): Polynomial =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));
const times = (a: Polynomial, b: Polynomial): Polynomial => {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      out[i + j]! += x * y;
    });
  });
  return out;
};
const scaled = (a: Polynomial, by: number) => a.map((x) => x * by);

function sum(a: Form, b: Form, sign: number): Form {
  return { p: plus(a.p, scaled(b.p, sign)), q: plus(a.q, scaled(b.q, sign)) };
}

function product(a: Form, b: Form): Form | undefined {
  if (a.q.length > 0 && b.q.length > 0) return undefined;
  const q = a.q.length > 0 ? times(a.q, b.p) : times(b.q, a.p);
  const p = times(a.p, b.p);
  return Math.max(p.length, q.length) > MAX_DEGREE + 1 ? undefined : { p, q };
}

/** `v` in terms of `x` and the function value `atom`; undefined where it is no such expression. */
function formOf(v: Value | undefined, x: Value, atom: Value | undefined, depth = MAX_DEPTH): Form | undefined {
  if (++steps > MAX_STEPS) return undefined;
  if (same(v, x, 2)) return { p: [0, 1], q: [] };
  if (v && v === atom) return { p: [], q: [1] };
  const number = numberOf(v);
  if (number !== undefined) return { p: [number], q: [] };
  const node = nodeOf(v, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg');
  if (!node || depth === 0) return undefined;
  const a = formOf(node.inputs[0], x, atom, depth - 1);
  if (!a) return undefined;
  if (node.op === 'Neg') return product(a, { p: [-1], q: [] });
  const by = numberOf(node.inputs[1]);
  if (node.op === 'Div') return by ? product(a, { p: [1 / by], q: [] }) : undefined;
  if (node.op === 'Pow') return by === 2 || by === 3 ? power(a, by) : undefined;
  const b = formOf(node.inputs[1], x, atom, depth - 1);
  if (!b) return undefined;
  return node.op === 'Mul' ? product(a, b) : sum(a, b, node.op === 'Add' ? 1 : -1);
}

function power(a: Form, n: number): Form | undefined {
  const square = product(a, a);
  return n === 2 ? square : square && product(square, a);
}

const is = (a: Polynomial, wanted: Polynomial, tolerance = 1e-4) =>
  Array.from({ length: Math.max(a.length, wanted.length) }).every((_, i) => near(a[i] ?? 0, wanted[i] ?? 0, tolerance));

const functions = ['Erf', 'Tanh', 'Sigmoid', 'HardSigmoid', 'Clip'];

/** Function values below `v`, reached through arithmetic. */
function* atomsBelow(v: Value | undefined, depth = 4): Iterable<Value> {
  const node = nodeOf(v);
  if (!node || depth === 0) return;
  if (functions.includes(node.op)) yield v!;
  else if (['Add', 'Sub', 'Mul', 'Div'].includes(node.op)) for (const i of node.inputs) yield* atomsBelow(i, depth - 1);
}

/** What the function may be applied to: its argument, or a value below it through arithmetic. */
function* argumentsOf(v: Value | undefined, depth = 5): Iterable<Value> {
  if (!v || numberOf(v) !== undefined) return;
  yield v;
  const node = nodeOf(v, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg');
  if (node && depth > 0) for (const i of node.inputs) yield* argumentsOf(i, depth - 1);
}

const TANH = Math.sqrt(2 / Math.PI);
const half: Polynomial = [0, 0.5];

type Rule = (whole: Form, argument: Polynomial, atom: Node, x: Value) => Value | undefined;

const rules: Record<string, Rule> = {
  // Erf is odd: both signs may be turned.
  Erf: ({ p, q }, argument, _, x) =>
    [1, -1].some((s) => is(p, half) && is(scaled(q, s), half) && is(scaled(argument, s), [0, Math.SQRT1_2]))
      ? gelu(x)
      : undefined,
  Tanh: ({ p, q }, argument, _, x) =>
    is(p, half) && is(q, half) && is(argument, [0, TANH, 0, TANH * 0.044715], 1e-3) ? gelu(x, 'tanh') : undefined,
  Sigmoid: ({ p, q }, argument, _, x) => {
    const alpha = argument[1] ?? 0;
    if (!is(p, []) || !is(q, [0, 1]) || alpha === 0 || !is(argument, [0, alpha])) return undefined;
    return apply1('Swish', [x], near(alpha, 1, 1e-6) ? {} : { alpha });
  },
  HardSigmoid: ({ p, q }, argument, atom, x) => {
    const attrs = readAttributes('HardSigmoid', atom.attrs);
    const standard = near(attrs.float('alpha'), 1 / 6) && near(attrs.float('beta'), 0.5);
    return standard && is(p, []) && is(q, [0, 1]) && is(argument, [0, 1]) ? hardSwish(x) : undefined;
  },
  Clip: ({ p, q }, argument, atom, x) => {
    const six = numberOf(atom.inputs[1]) === 0 && numberOf(atom.inputs[2]) === 6 && is(argument, [3, 1]);
    if (!six || !is(p, [])) return undefined;
    return is(q, [0, 1 / 6]) ? hardSwish(x) : is(q, [1 / 6]) ? hardSigmoid(x) : undefined;
  },
};

/** The activation that the product or quotient `y` writes out. */
export function activation(y: Value): Value | undefined {
  if (!nodeOf(y, 'Mul', 'Div') || y.type.dtype !== 'float32') return undefined;
  steps = 0;
  const mish = writtenMish(y);
  if (mish) return mish;
  for (const atom of atomsBelow(y)) {
    const node = nodeOf(atom)!;
    for (const x of argumentsOf(node.inputs[0])) {
      const argument = formOf(node.inputs[0], x, undefined);
      const whole = argument && formOf(y, x, atom);
      const found = whole && rules[node.op]!(whole, argument.p, node, x);
      if (found) return found;
    }
  }
  return undefined;
}

/** x · tanh(softplus(x)) */
function writtenMish(y: Value): Value | undefined {
  const node = nodeOf(y, 'Mul');
  for (const [a, b] of [node?.inputs ?? [], [...(node?.inputs ?? [])].reverse()]) {
    const soft = nodeOf(nodeOf(b, 'Tanh')?.inputs[0], 'Softplus');
    if (a && soft && same(soft.inputs[0], a)) return apply1('Mish', [a]);
  }
  return undefined;
}
