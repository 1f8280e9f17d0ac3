import { type DType, toNumbers } from '../base/tensor.ts';
import { addDim, type Dim, divDim, mulDim, opaque } from './dim.ts';
import { opOf, readAttributes } from './op.ts';
import { constantOf, type Node, type Value } from './value.ts';

/** An element of a vector that says a shape; undefined where it is not known. */
type Element = Dim | undefined;

/**
 * What is known of an integer vector (or scalar) that says a shape: constants, `Shape` nodes and the arithmetic that
 * exporters put around them. Undefined when an element depends on data. A symbol stands for a size: a positive integer.
 */
export function shapeValue(value: Value | undefined): Dim[] | undefined {
  const elements = elementsOf(value);
  return elements && whole(elements);
}

const whole = (elements: readonly Element[]): Dim[] | undefined =>
  elements.every((d) => d !== undefined) ? (elements as Dim[]) : undefined;

/**
 * The same, element by element: where the batch is open, arithmetic over a whole shape still tells what becomes of height and width.
 */
function elementsOf(value: Value | undefined): Element[] | undefined {
  if (!value) return undefined;
  const tensor = constantOf(value);
  if (tensor) return tensor.shape.length <= 1 ? toNumbers(tensor) : undefined;
  if (value.origin.kind !== 'node' || value.type.shape.length > 1) return undefined;
  // A value never changes, and exporters use one shape many times.
  if (!known.has(value)) known.set(value, told(computed(value.origin.node, value.origin.index)));
  return known.get(value);
}

const known = new WeakMap<Value, Element[] | undefined>();

/** Sums of sums of symbols soon become texts that nobody can use. */
const LONGEST = 256;
const told = (dims: Element[] | undefined) =>
  dims?.map((d) => (typeof d === 'string' && d.length > LONGEST ? undefined : d));

interface Context {
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  input(i: number): Element[] | undefined;
  attr(name: string): number | undefined;
}

type Rule = (c: Context) => Element[] | undefined;

function computed(node: Node, index: number): Element[] | undefined {
  const rule = rules[node.op];
  if (!rule) return undefined;
  const attrs = readAttributes(opOf(node.op), node.attrs);
  return rule({
    node,
    index,
    dtype: node.outputs[index]!.type.dtype,
    input: (i) => elementsOf(node.inputs[i]),
    attr: (name) => (attrs.has(name) ? attrs.int(name) : undefined),
  });
}

const same: Rule = (c) => c.input(0);

/** Elementwise over one vector; an element without an answer is not known. */
const each =
  (f: (d: Dim, c: Context) => Element): Rule =>
  (c) =>
    c.input(0)?.map((d) => (d === undefined ? undefined : f(d, c)));

/** Elementwise over two vectors, a single element being broadcast. */
function zip(combine: (a: Dim, b: Dim, c: Context) => Element): Rule {
  return (c) => {
    const a = c.input(0);
    const b = c.input(1);
    if (!a || !b || c.node.inputs.length > 2) return undefined;
    const length = a.length === 1 ? b.length : a.length;
    if (b.length !== 1 && b.length !== length) return undefined;
    return Array.from({ length }, (_, i) => {
      const [x, y] = [a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]];
      return x === undefined || y === undefined ? undefined : combine(x, y, c);
    });
  };
}

/** A rule for numbers alone. */
const numeric = (f: (a: number, b: number) => number) =>
  zip((a, b) => (typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined));
const numericEach = (f: (a: number) => number) => each((d) => (typeof d === 'number' ? f(d) : undefined));
/** Rounding leaves sizes as they are. */
const rounding = (f: (a: number) => number) => each((d) => (typeof d === 'number' ? f(d) : d));

/** Sizes are positive, but the difference of two that are symbols may be anything. */
function positive(f: (a: number) => number): Rule {
  return each((d) => (typeof d === 'number' ? f(d) : d.includes('-') ? undefined : d));
}

/** A product or a sum with a fraction is no size. */
const sized = (f: (a: Dim, b: Dim) => Dim | undefined) =>
  zip((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return f(a, b);
    return [a, b].every((d) => typeof d === 'string' || Number.isInteger(d)) ? f(a, b) : undefined;
  });

/** Halves go to the even number, as ONNX has it. */
function roundEven(a: number): number {
  const low = Math.floor(a);
  return a - low === 0.5 ? 2 * Math.round(a / 2) : Math.round(a);
}

const isFloat = (d: DType) => d.includes('float');

function difference(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === b) return 0;
  return b === 0 ? a : opaque(`${a}-${b}`);
}

function quotient(a: Dim, b: Dim, c: Context): Dim | undefined {
  const float = isFloat(c.dtype);
  if (typeof a === 'number' && typeof b === 'number') {
    if (float) return a / b;
    return b === 0 ? undefined : Math.trunc(a / b);
  }
  return divDim(a, b) ?? (float ? undefined : opaque(`${a}/${b}`));
}

/** The smaller of two sizes, or the larger where `sign` is -1; no size is below 1. */
function smaller(a: Dim, b: Dim, sign: 1 | -1): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return sign === 1 ? Math.min(a, b) : Math.max(a, b);
  if (a === b) return a;
  const [number, symbol] = typeof a === 'number' ? [a, b] : [b, a];
  if (typeof number !== 'number' || number > 1) return undefined;
  return sign === 1 ? number : symbol;
}

function casted(d: Dim, c: Context): Dim | undefined {
  if (c.dtype === 'bool') return typeof d === 'number' ? Number(d !== 0) : 1;
  return typeof d === 'number' && !isFloat(c.dtype) ? Math.trunc(d) : d;
}

/** 1 or 0; a size is never zero or negative. */
function equality(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === typeof b) return typeof a === 'number' ? 0 : undefined;
  const number = typeof a === 'number' ? a : Number(b);
  return number > 0 ? undefined : 0;
}

function sliced(data: readonly Element[], start: number, end: number, step: number): Element[] | undefined {
  if (step > 0) return data.slice(start, end).filter((_, i) => i % step === 0);
  if (!(step < 0)) return undefined;
  const at = (v: number) => (v < 0 ? v + data.length : v);
  const first = Math.min(at(start), data.length - 1);
  const out: Element[] = [];
  for (let i = first; i > Math.max(-1, at(end)) && i >= 0; i += step) out.push(data[i]!);
  return out;
}

/** As many elements as a vector has of which nothing is known. */
function unknown(value: Value | undefined): Element[] | undefined {
  const length = value?.type.shape.length === 1 ? value.type.shape[0] : undefined;
  return typeof length === 'number' && length <= LONGEST ? Array.from({ length }, () => undefined) : undefined;
}

/** Over all elements of a vector. */
function reduction(f: (dims: readonly Dim[]) => Element): Rule {
  return (c) => {
    const dims = c.input(0);
    const all = dims && whole(dims);
    return all && [f(all)];
  };
}

const rules: Record<string, Rule> = {
  Identity: same,
  Squeeze: same,
  Unsqueeze: same,
  Reshape: same,
  Flatten: same,
  Cast: each(casted),
  Floor: rounding(Math.floor),
  Ceil: rounding(Math.ceil),
  Round: rounding(roundEven),
  Neg: numericEach((a) => -a),
  Abs: positive(Math.abs),
  Relu: positive((a) => Math.max(a, 0)),
  Reciprocal: numericEach((a) => 1 / a),
  Sqrt: numericEach(Math.sqrt),
  Not: numericEach((a) => Number(a === 0)),
  Shape: ({ node, attr }) => {
    const shape = node.inputs[0]!.type.shape;
    return shape.slice(attr('start') ?? 0, attr('end') ?? shape.length);
  },
  Concat: ({ node, input }) => {
    const parts = node.inputs.map((v, i) => input(i) ?? unknown(v));
    return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
  },
  Gather: ({ input }) => {
    const data = input(0);
    const indices = input(1);
    return data && indices?.map((i) => (typeof i === 'number' ? data.at(i) : undefined));
  },
  Slice: ({ input }) => {
    const [data, starts, ends, , steps] = [0, 1, 2, 3, 4].map(input);
    const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0] ?? 1];
    if (!data || typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number') return undefined;
    return sliced(data, start, end, step);
  },
  Split: ({ node, index, input }) => {
    const sizes = node.outputs.map((y) => y.type.shape[0]);
    if (!sizes.every((s) => typeof s === 'number')) return undefined;
    const start = sizes.slice(0, index).reduce<number>((a, b) => a + Number(b), 0);
    return input(0)?.slice(start, start + Number(sizes[index]));
  },
  Mul: sized(mulDim),
  Add: sized(addDim),
  Sub: sized(difference),
  Div: zip(quotient),
  Mod: zip((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return b === 0 ? undefined : a - b * Math.floor(a / b);
    return divDim(a, b) === undefined ? undefined : 0;
  }),
  Min: zip((a, b) => smaller(a, b, 1)),
  Max: zip((a, b) => smaller(a, b, -1)),
  And: numeric((a, b) => Number(a !== 0 && b !== 0)),
  Or: numeric((a, b) => Number(a !== 0 || b !== 0)),
  Equal: zip(equality),
  Less: numeric((a, b) => Number(a < b)),
  LessOrEqual: numeric((a, b) => Number(a <= b)),
  Greater: numeric((a, b) => Number(a > b)),
  GreaterOrEqual: numeric((a, b) => Number(a >= b)),
  Pow: numeric((a, b) => a ** b),
  Where: ({ input }) => {
    const [condition, a, b] = [0, 1, 2].map(input);
    if (!condition || !a || !b) return undefined;
    const length = Math.max(condition.length, a.length, b.length);
    const at = (list: readonly Element[], i: number) => list[list.length === 1 ? 0 : i];
    return Array.from({ length }, (_, i) => {
      const test = at(condition, i);
      return typeof test === 'number' ? at(test ? a : b, i) : undefined;
    });
  },
  ConstantOfShape: ({ node, input }) => {
    const shape = input(0);
    const size = shape?.length === 0 ? 1 : shape?.[0];
    const value = node.attrs.value;
    if (typeof size !== 'number' || !(size >= 0 && size <= LONGEST)) return undefined;
    const fill = value && typeof value === 'object' && 'dtype' in value ? toNumbers(value)[0] : 0;
    return fill === undefined ? undefined : Array.from({ length: size }, () => fill);
  },
  Expand: ({ input }) => {
    const [data, shape] = [input(0), input(1)];
    if (data?.length !== 1)
      return shape?.length === 1 && (shape[0] === data?.length || shape[0] === 1) ? data : undefined;
    const size = shape?.length === 0 ? 1 : shape?.[0];
    return typeof size === 'number' && size <= LONGEST ? Array.from({ length: size }, () => data[0]!) : undefined;
  },
  ReduceProd: reduction((dims) => dims.reduce<Dim>(mulDim, 1)),
  ReduceSum: reduction((dims) => (dims.every((d) => Number.isInteger(d)) ? dims.reduce<Dim>(addDim, 0) : undefined)),
  ReduceMax: reduction((dims) => (dims.every((d) => typeof d === 'number') ? Math.max(...dims) : undefined)),
  ReduceMin: reduction((dims) => (dims.every((d) => typeof d === 'number') ? Math.min(...dims) : undefined)),
};
