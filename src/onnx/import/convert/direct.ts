import { opNamed } from '../../../graph/op.ts';
import { attributesOf } from '../../../graph/ops/signatures.ts';
import type { Attribute } from '../../../graph/value.ts';
import type { Call, Converter } from '../call.ts';

/** The operator as its record has it: same attributes, same inputs. */
export const direct: Converter = (c) => c.make(c.op, c.inputs, ownAttributes(c));

/** The attributes of the node that the record of `op` knows. */
export function ownAttributes(c: Call, op = c.op): Record<string, Attribute> {
  const attrs: Record<string, Attribute> = {};
  for (const [name, spec] of Object.entries(attributesOf(opNamed(op)))) {
    const value = c.attrs.has(name) ? c.attrs.ours(name, spec) : undefined;
    if (value !== undefined) attrs[name] = value;
  }
  return attrs;
}
