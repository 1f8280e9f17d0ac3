import type { Tensor } from '../base/tensor.ts';
import type { Attribute, Node, Value } from './value.ts';

/**
 * A node's operator, inputs and attributes as a key: nodes of one key compute the same, unless they draw numbers at random. Tensors among
 * the attributes count by `tensorKey`.
 */
export function nodeKey(
  node: Pick<Node, 'op' | 'attrs'>,
  inputs: readonly (Value | undefined)[],
  tensorKey: (tensor: Tensor) => string,
): string {
  const attrs = Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = attrs.map(([name, v]) => [name, isTensor(v) ? `tensor ${tensorKey(v)}` : v]);
  return `${node.op}(${inputs.map((i) => i?.id ?? '_')})${JSON.stringify(text, exactly)}`;
}

export const isTensor = (v: Attribute): v is Tensor => typeof v === 'object' && 'dtype' in v;

/** Numbers that JSON has no sign or no word for. */
const exactly = (_: string, v: unknown) =>
  typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0)) ? `number ${Object.is(v, -0) ? '-0' : v}` : v;
