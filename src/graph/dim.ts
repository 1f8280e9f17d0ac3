import { YosegiError } from '../base/errors.ts';

/**
 * A dimension: a number, or a product of a number and symbols in canonical text ('N', '49*N').
 * Anything a product cannot express becomes a symbol of its own, so equal texts mean equal dimensions.
 */
export type Dim = number | string;

/** An element of a vector that says a shape; undefined where it is not known. */
export type Element = Dim | undefined;

interface Monomial {
  readonly factor: number;
  readonly symbols: readonly string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === 'number') return { factor: dim, symbols: [] };
  const parts = dim.split('*');
  const factor = Number(parts[0]);
  return Number.isInteger(factor) ? { factor, symbols: parts.slice(1) } : { factor: 1, symbols: parts };
}

function format({ factor, symbols }: Monomial): Dim {
  if (symbols.length === 0 || factor === 0) return factor;
  const text = [...symbols].sort().join('*');
  return factor === 1 ? text : `${factor}*${text}`;
}

/** a · b */
export function mulDim(a: Dim, b: Dim): Dim {
  const x = parse(a);
  const y = parse(b);
  return format({ factor: x.factor * y.factor, symbols: [...x.symbols, ...y.symbols] });
}

/** a / b where b divides a, else undefined. */
export function divDim(a: Dim, b: Dim): Dim | undefined {
  const x = parse(a);
  const y = parse(b);
  if (y.factor === 0 || x.factor % y.factor !== 0) return undefined;
  const symbols = [...x.symbols];
  for (const s of y.symbols) {
    const at = symbols.indexOf(s);
    if (at < 0) return undefined;
    symbols.splice(at, 1);
  }
  return format({ factor: x.factor / y.factor, symbols });
}

/** a + b: exact where both have the same symbols, otherwise a new symbol. */
export function addDim(a: Dim, b: Dim): Dim {
  if (a === 0) return b;
  if (b === 0) return a;
  const x = parse(a);
  const y = parse(b);
  if (x.symbols.join() === y.symbols.join()) return format({ factor: x.factor + y.factor, symbols: x.symbols });
  return opaque(`${a}+${b}`);
}

/** A symbol named after the expression it stands for; '*' is kept out of it, since that separates factors. */
export function opaque(expression: string): Dim {
  return `(${expression.replaceAll('*', '·')})`;
}

/** Whether a dimension is no product of known symbols: it may hang on numbers, as how many boxes are kept does. */
export const isCounted = (d: Dim): boolean => typeof d === 'string' && d.includes('(');

/** Product of the dimensions. */
export function productOf(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>(mulDim, 1);
}

/** The dimension two broadcast dimensions make, or undefined if they do not fit. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  return a === 1 ? b : undefined;
}

/** The shape that NumPy broadcasting makes of two shapes. */
export function broadcastShapes(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    const d = broadcastDim(x, y);
    if (d === undefined) throw new YosegiError(`shapes [${a}] and [${b}] do not broadcast: ${x} against ${y}`);
    return d;
  });
}

/** The dimension as a number, where its symbols have numbers; else as it is. */
export function boundDim(dim: Dim, symbols: Readonly<Record<string, number>>): Dim {
  const known = parse(dim).symbols.every((name) => symbols[name] !== undefined);
  return known ? bindDim(dim, symbols) : dim;
}

/** The dimension with numbers put in for symbols; for one that has none `otherwise`, or an error. */
export function bindDim(dim: Dim, symbols: Readonly<Record<string, number>>, otherwise?: number): number {
  const { factor, symbols: names } = parse(dim);
  return names.reduce((product, name) => {
    const value = symbols[name] ?? otherwise;
    if (value === undefined) throw new YosegiError(`the dimension '${dim}' needs a number for '${name}'`);
    return product * value;
  }, factor);
}

/** True when both shapes are known to be equal. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** A dimension that must be a number here. */
export function fixed(dim: Dim | undefined, what: string): number {
  if (typeof dim === 'number') return dim;
  throw new YosegiError(`${what} must be a fixed number, got ${dim === undefined ? 'none' : `'${dim}'`}`);
}
