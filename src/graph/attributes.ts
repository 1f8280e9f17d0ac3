import { YosegiError } from '../base/errors.ts';
import type { Tensor } from '../base/tensor.ts';
import { type AttrNames, attributesOf, type OpName } from './ops/signatures.ts';
import type { Attribute, Attributes, Node } from './value.ts';

/** Typed reading of a node's attributes, with the defaults filled in; the names that may be asked for are the operator's. */
export type AttrReader<K extends OpName = OpName> = Reader<
  AttrNames<K, 'int'>,
  AttrNames<K, 'float'>,
  AttrNames<K, 'string' | 'dtype'>,
  AttrNames<K, 'ints'>,
  AttrNames<K, 'tensor'>
>;

interface Reader<Int, Float, Text, Ints, Tensors> {
  int(name: Int): number;
  float(name: Float): number;
  string(name: Text): string;
  ints(name: Ints): readonly number[] | undefined;
  tensor(name: Tensors): Tensor | undefined;
  has(name: Int | Float | Text | Ints | Tensors): boolean;
}

/** Typed access to a node's attributes. */
export function readAttributes<K extends OpName>(op: K, attrs: Attributes): AttrReader<K>;
export function readAttributes(op: OpName, attrs: Attributes): AttrReader {
  const specs = attributesOf(op);
  const get = (name: string): Attribute | undefined => attrs[name] ?? (specs[name]?.default as Attribute | undefined);
  const wrong = (name: string, wanted: string): never => {
    throw new YosegiError(`attribute '${name}' of ${op} must be ${wanted}, got ${JSON.stringify(get(name))}`);
  };
  const number = (name: string) => {
    const value = get(name);
    return typeof value === 'number' ? value : wrong(name, 'a number');
  };
  return {
    int: (name) => {
      const value = number(name);
      return Number.isInteger(value) ? value : wrong(name, 'an integer');
    },
    float: number,
    string: (name) => {
      const value = get(name);
      return typeof value === 'string' ? value : wrong(name, 'a string');
    },
    ints: (name) => {
      const value = get(name);
      if (value === undefined) return undefined;
      return Array.isArray(value) && value.every((v) => Number.isInteger(v)) ? value : wrong(name, 'integers');
    },
    tensor: (name) => {
      const value = get(name);
      if (value === undefined) return undefined;
      return typeof value === 'object' && 'dtype' in value ? value : wrong(name, 'a tensor');
    },
    has: (name) => get(name) !== undefined,
  };
}

/** Typed access to the attributes of a node of that operator. */
export function attrsOf<K extends OpName = OpName>(node: Pick<Node, 'attrs'> & { readonly op: K }): AttrReader<K> {
  return readAttributes(node.op, node.attrs);
}
