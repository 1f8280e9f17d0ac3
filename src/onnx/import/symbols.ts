import { ints } from '../../graph/build.ts';
import { type Dim, mulDim } from '../../graph/dim.ts';
import type { Attributes, Value } from '../../graph/value.ts';

type Make = (op: string, inputs: readonly (Value | undefined)[], attrs?: Attributes) => readonly Value[];

/** The symbols among the sizes of the graph's inputs, and how a run finds their numbers. */
export class Symbols {
  readonly #places = new Map<string, { readonly value: Value; readonly axis: number }>();
  /** Stands for a batch that was 1 when the model was exported; sizes that were computed from it may be baked in. */
  readonly batch: string | undefined;

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

/** Product of the dimensions of a part of a shape. */
export const productBefore = (shape: readonly Dim[], end: number): Dim => shape.slice(0, end).reduce<Dim>(mulDim, 1);
