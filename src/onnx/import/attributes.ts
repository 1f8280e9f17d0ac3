import { check, YosegiError } from '../../base/errors.ts';
import type { DType, Tensor } from '../../base/tensor.ts';
import { castTo } from '../../graph/ops/host-math.ts';
import type { AttrSpec } from '../../graph/ops/signatures.ts';
import type { Attribute as Ours } from '../../graph/value.ts';
import { dataTypeName, dtypeOf } from '../wire/data-type.ts';
import type { Attribute, AttributeType, AttributeValue, Graph } from '../wire/messages.ts';
import { tensorFromProto } from '../wire/tensor.ts';
import { textOfBytes } from '../wire/text.ts';

type Values = { readonly [T in AttributeType]: Extract<AttributeValue, { readonly type: T }>['value'] };

/** Typed reading of a node's attributes. What nobody asked for is found by {@link NodeAttributes.unread}. */
export class NodeAttributes {
  readonly #all: ReadonlyMap<string, Attribute>;
  readonly #read = new Set<string>();

  constructor(attributes: Iterable<Attribute>) {
    this.#all = new Map([...attributes].map((a) => [a.name, a]));
  }

  has(name: string): boolean {
    return this.#all.has(name);
  }

  names(): string[] {
    return [...this.#all.keys()];
  }

  /** Attributes that were never read: what they mean would be lost. */
  unread(): string[] {
    return this.names().filter((name) => !this.#read.has(name));
  }

  /** Marks attributes as known to make no difference. */
  ignore(...names: string[]): void {
    for (const name of names) this.#read.add(name);
  }

  #get<T extends AttributeType>(name: string, type: T): Values[T] | undefined {
    const a = this.#all.get(name);
    this.#read.add(name);
    if (a === undefined) return undefined;
    if (a.type !== type)
      throw new YosegiError(`attribute '${name}' should be of type ${type}, it is of type ${a.type}`);
    return a.value as Values[T];
  }

  int(name: string): number | undefined;
  int(name: string, fallback: number): number;
  int(name: string, fallback?: number): number | undefined {
    const value = this.#get(name, 'int');
    return value === undefined ? fallback : whole(value);
  }

  float(name: string, fallback: number): number {
    return this.#get(name, 'float') ?? fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.#get(name, 'string');
    return value === undefined ? fallback : textOfBytes(value, `attribute '${name}'`);
  }

  ints(name: string): number[] | undefined {
    return this.#get(name, 'ints')?.map(whole);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#get(name, 'floats');
  }

  tensor(name: string): Tensor | undefined {
    const value = this.#get(name, 'tensor');
    return value && widened(tensorFromProto(value));
  }

  graph(name: string): Graph | undefined {
    return this.#get(name, 'graph');
  }

  dtype(name: string): DType | undefined {
    const value = this.#get(name, 'int');
    if (value === undefined) return undefined;
    const dtype = dtypeOf(whole(value));
    check(dtype, () => `'${name}' asks for ${dataTypeName(whole(value))}, which is not supported`);
    return widenedType(dtype);
  }

  /** The attribute as a record has it. */
  ours(name: string, spec: AttrSpec): Ours | undefined {
    switch (spec.type) {
      case 'int':
        return this.int(name);
      case 'float':
        return this.#get(name, 'float');
      case 'string':
        return this.has(name) ? this.text(name, '') : undefined;
      case 'ints':
        return this.ints(name);
      case 'floats':
        return this.floats(name);
      case 'strings':
        return this.#get(name, 'strings')?.map((s) => textOfBytes(s, `attribute '${name}'`));
      case 'tensor':
        return this.tensor(name);
      case 'dtype':
        return this.dtype(name);
    }
  }
}

/** A 64-bit integer as a number; 'as far as there is' (2^63 - 1) becomes the largest whole number. */
function whole(value: bigint): number {
  const n = Number(value);
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, n));
}

const isHalf = (d: DType): boolean => d === 'float16' || d === 'bfloat16';

/** Half floats as float32, which is what runs fast on a CPU and what is trained; everything else as it is. */
export const widened = (t: Tensor): Tensor => (isHalf(t.dtype) ? castTo(t, 'float32') : t);
/** The element type of {@link widened}. */
export const widenedType = (d: DType): DType => (isHalf(d) ? 'float32' : d);

/** True for the types that hold real numbers. */
export const isFloat = (d: DType): boolean => d.startsWith('float') || d === 'bfloat16';
