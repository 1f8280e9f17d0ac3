import { ints } from '../../graph/build.ts';
import { type Dim, divDim, mulDim, productOf } from '../../graph/dim.ts';
import type { Attributes, Value } from '../../graph/value.ts';

type Make = (op: string, inputs: readonly (Value | undefined)[], attrs?: Attributes) => readonly Value[];

/** The symbols among the sizes of the graph's inputs, and how a run finds their numbers. */
export class Symbols {
  readonly #places = new Map<string, { readonly value: Value; readonly axis: number }>();
  /** Stands for a batch that was 1 when the model was exported; sizes that were computed from it may be baked in. */
  readonly batch: string | undefined;

  /** For values whose batch shares an axis with positions that come before it, like tokens · N: how many those are. */
  readonly #before = new WeakMap<Value, number>();

  constructor(batch?: string) {
    this.batch = batch;
  }

  /** Notes the symbols of an input. */
  add(value: Value): void {
    value.type.shape.forEach((d, axis) => {
      if (typeof d === 'string' && !this.#places.has(d)) this.#places.set(d, { value, axis });
    });
  }

  /** True where a dimension is a multiple of the batch that was made symbolic. */
  isBatch(d: Dim): boolean {
    return this.batch !== undefined && typeof d === 'string' && d.split('*').includes(this.batch);
  }

  /** Where the images of a batch lie in `x`: on which axis, and how many positions of the shape come before and after. */
  batchPlace(x: Value): { axis: number; before: Dim; after: Dim } | undefined {
    const { shape } = x.type;
    const axis = shape.findIndex((d) => this.isBatch(d));
    if (axis < 0) return undefined;
    const own = this.#before.get(x) ?? 1;
    const rest = divDim(divDim(shape[axis]!, this.batch!) ?? 1, own) ?? 1;
    return {
      axis,
      before: mulDim(productOf(shape.slice(0, axis)), own),
      after: mulDim(rest, productOf(shape.slice(axis + 1))),
    };
  }

  /** Notes how many positions come before the batch on its own axis. */
  setBefore(x: Value, positions: number): void {
    if (positions !== 1) this.#before.set(x, positions);
  }

  /** Notes it for what a node makes of its inputs: an axis that stays keeps its order. */
  follow(inputs: readonly (Value | undefined)[], outputs: readonly (Value | undefined)[]): void {
    if (this.batch === undefined) return;
    for (const y of outputs) {
      const d = y?.type.shape.find((e) => this.isBatch(e));
      if (!y || d === undefined || this.#before.has(y)) continue;
      const from = inputs.find((x) => x && this.#before.has(x) && x.type.shape.includes(d));
      if (from) this.#before.set(y, this.#before.get(from)!);
    }
  }

  /** An int64 vector of these sizes, computed from the inputs' shapes; undefined where that cannot be done. */
  vector(dims: readonly Dim[], make: Make): Value | undefined {
    const parts: Value[] = [];
    let numbers: number[] = [];
    const flush = () => {
      if (numbers.length > 0) parts.push(ints(numbers));
      numbers = [];
    };
    for (const d of dims) {
      if (typeof d === 'number') {
        numbers.push(d);
        continue;
      }
      const size = this.#size(d, make);
      if (!size) return undefined;
      flush();
      parts.push(size);
    }
    flush();
    return parts.length === 1 ? parts[0] : make('Concat', parts, { axis: 0 })[0];
  }

  /** A product of a number and inputs' symbols as a vector of one. */
  #size(d: string, make: Make): Value | undefined {
    let product: Value | undefined;
    for (const factor of d.split('*')) {
      const number = Number(factor);
      const place = this.#places.get(factor);
      if (!place && !Number.isInteger(number)) return undefined;
      const one = place ? make('Shape', [place.value], { start: place.axis, end: place.axis + 1 })[0]! : ints([number]);
      product = product ? make('Mul', [product, one])[0]! : one;
    }
    return product;
  }
}

/** The name of a symbol that no canonical text of a dimension can be taken for. */
export function symbolName(name: string): Dim {
  const plain = name.replaceAll('*', '·');
  return /^[A-Za-z_(]/.test(plain) && plain.length <= 100 ? plain : `(${plain.slice(0, 100)})`;
}
