import { applyLike, inScope } from './op.ts';
import { rebuild } from './rewrite.ts';
import { param, type Value } from './value.ts';

/** A pattern in a name, and what takes its place, as `String.replace` has it. */
export type Renaming = readonly [RegExp, string | ((...groups: string[]) => string)];

/** The name after all renamings, in order. */
function renamed(name: string, renamings: readonly Renaming[]): string {
  // One call for each kind of replacement: the compiler knows no overload for both.
  return renamings.reduce(
    (n, [from, to]) => (typeof to === 'string' ? n.replace(from, to) : n.replace(from, to)),
    name,
  );
}

/** Gives parameters, and the scopes that nodes were made in, other names; returns the map from old values to new. */
export function renameParameters(roots: readonly Value[], renamings: readonly Renaming[]): Map<Value, Value> {
  return rebuild(roots, {
    leaf: ({ origin, type }) => {
      if (origin.kind !== 'param') return undefined;
      return param(renamed(origin.name, renamings), type.shape as readonly number[], origin.init, origin.role);
    },
    node: (node, inputs) => {
      if (inputs.every((v, i) => v === node.inputs[i])) return node.outputs;
      return inScope(renamed(node.scope, renamings), () => applyLike(node, inputs));
    },
  });
}
