import type { DType } from '../../base/tensor.ts';
import { type Dim, divDim, type Element, opaque } from '../dim.ts';
import type { DimsContext } from '../op.ts';
import type { Value } from '../value.ts';

/** Rules for the integer vectors that say shapes: what operators make of their elements, where a symbol is a size. */

type Rule = (c: DimsContext) => Element[] | undefined;

export const same: Rule = (c) => c.input(0);

/** Elementwise over one vector; an element without an answer is not known. */
export const each =
  (f: (d: Dim, c: DimsContext) => Element): Rule =>
  (c) =>
    c.input(0)?.map((d) => (d === undefined ? undefined : f(d, c)));

/** Elementwise over two vectors, a single element being broadcast. */
export function zip(combine: (a: Dim, b: Dim, c: DimsContext) => Element): Rule {
  return (c) => {
    const [a, b] = [c.input(0), c.input(1)];
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
export const numeric = (f: (a: number, b: number) => number) =>
  zip((a, b) => (typeof a === 'number' && typeof b === 'number' ? f(a, b) : undefined));
export const numericEach = (f: (a: number) => number) => each((d) => (typeof d === 'number' ? f(d) : undefined));
/** Rounding leaves sizes as they are. */
export const rounding = (f: (a: number) => number) => each((d) => (typeof d === 'number' ? f(d) : d));

/** Sizes are positive, but the difference of two that are symbols may be anything. */
export const positive = (f: (a: number) => number) =>
  each((d) => (typeof d === 'number' ? f(d) : d.includes('-') ? undefined : d));

/** A product or a sum with a fraction is no size. */
export const sized = (f: (a: Dim, b: Dim) => Dim | undefined) =>
  zip((a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return f(a, b);
    return [a, b].every((d) => typeof d === 'string' || Number.isInteger(d)) ? f(a, b) : undefined;
  });

const isFloat = (d: DType) => d.includes('float');

export function difference(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === b) return 0;
  return b === 0 ? a : opaque(`${a}-${b}`);
}

export function quotient(a: Dim, b: Dim, c: DimsContext): Dim | undefined {
  const float = isFloat(c.type.dtype);
  if (typeof a === 'number' && typeof b === 'number') {
    if (float) return a / b;
    return b === 0 ? undefined : Math.trunc(a / b);
  }
  return divDim(a, b) ?? (float ? undefined : opaque(`${a}/${b}`));
}

/** The smaller of two sizes, or the larger where `sign` is -1; no size is below 1. */
export function smaller(a: Dim, b: Dim, sign: 1 | -1): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return sign === 1 ? Math.min(a, b) : Math.max(a, b);
  if (a === b) return a;
  const [number, symbol] = typeof a === 'number' ? [a, b] : [b, a];
  if (typeof number !== 'number' || number > 1) return undefined;
  return sign === 1 ? number : symbol;
}

export function casted(d: Dim, c: DimsContext): Dim | undefined {
  const { dtype } = c.type;
  if (dtype === 'bool') return typeof d === 'number' ? Number(d !== 0) : 1;
  return typeof d === 'number' && !isFloat(dtype) ? Math.trunc(d) : d;
}

/** 1 or 0; a size is never zero or negative. */
export function equality(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === typeof b) return typeof a === 'number' ? 0 : undefined;
  const number = typeof a === 'number' ? a : Number(b);
  return number > 0 ? undefined : 0;
}

export const where: Rule = ({ input }) => {
  const [condition, a, b] = [0, 1, 2].map(input);
  if (!condition || !a || !b) return undefined;
  const length = Math.max(condition.length, a.length, b.length);
  const at = (list: readonly Element[], i: number) => list[list.length === 1 ? 0 : i];
  return Array.from({ length }, (_, i) => {
    const test = at(condition, i);
    return typeof test === 'number' ? at(test ? a : b, i) : undefined;
  });
};

export const concat: Rule = ({ node, input }) => {
  const parts = node.inputs.map((v, i) => input(i) ?? unknown(v));
  return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
};

/** As many elements as a vector has of which nothing is known. */
function unknown(value: Value | undefined): Element[] | undefined {
  const length = value?.type.shape.length === 1 ? value.type.shape[0] : undefined;
  return typeof length === 'number' && length <= LONGEST ? Array.from({ length }, () => undefined) : undefined;
}

export const gather: Rule = ({ input }) => {
  const [data, indices] = [input(0), input(1)];
  return data && indices?.map((i) => (typeof i === 'number' ? data.at(i) : undefined));
};

export const slice: Rule = ({ input }) => {
  const [data, starts, ends, , steps] = [0, 1, 2, 3, 4].map(input);
  const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0] ?? 1];
  if (!data || typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number') return undefined;
  return sliced(data, start, end, step);
};

function sliced(data: readonly Element[], start: number, end: number, step: number): Element[] | undefined {
  if (step > 0) return data.slice(start, end).filter((_, i) => i % step === 0);
  if (!(step < 0)) return undefined;
  const at = (v: number) => (v < 0 ? v + data.length : v);
  const first = Math.min(at(start), data.length - 1);
  const out: Element[] = [];
  for (let i = first; i > Math.max(-1, at(end)) && i >= 0; i += step) out.push(data[i]);
  return out;
}

export const split: Rule = ({ node, index, input }) => {
  const sizes = node.outputs.map((y) => y.type.shape[0]);
  if (!sizes.every((s) => typeof s === 'number')) return undefined;
  const start = sizes.slice(0, index).reduce<number>((a, b) => a + Number(b), 0);
  return input(0)?.slice(start, start + Number(sizes[index]));
};

/** Longer vectors say no shape. */
const LONGEST = 256;

/** `fill` as often as a shape of at most one dimension says. */
export function repeated(shape: readonly Element[] | undefined, fill: Element): Element[] | undefined {
  const size = shape?.length === 0 ? 1 : shape?.[0];
  if (typeof size !== 'number' || !(size >= 0 && size <= LONGEST)) return undefined;
  return Array.from({ length: size }, () => fill);
}

export const expand: Rule = ({ input }) => {
  const [data, shape] = [input(0), input(1)];
  if (data?.length === 1) return repeated(shape, data[0]);
  return shape?.length === 1 && (shape[0] === data?.length || shape[0] === 1) ? data : undefined;
};

/** Over all elements of a vector. */
export function reduction(f: (dims: readonly Dim[]) => Element): Rule {
  return (c) => {
    const dims = c.input(0);
    const all = dims?.filter((d) => d !== undefined);
    return all && all.length === dims?.length ? [f(all)] : undefined;
  };
}

/** A reduction of numbers alone. */
export const numericReduction = (f: (numbers: readonly number[]) => number) =>
  reduction((dims) => (dims.every((d) => typeof d === 'number') ? f(dims) : undefined));
