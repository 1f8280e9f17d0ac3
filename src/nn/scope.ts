import { check } from '../base/errors.ts';
import { inScope } from '../graph/op.ts';
import { type Init, param, type Role, type Value } from '../graph/value.ts';

/**
 * Where a layer puts its parameters: a layer is a function `(scope, x, options) => y`, and the names of its parameters are the
 * scope's path and their own, e.g. `stages.0.blocks.1.conv_pwl.weight`.
 */
export interface Scope {
  readonly path: string;
  /** Runs `make` in the scope below, `name` being appended to the path. */
  in<T>(name: string | number, make: (scope: Scope) => T): T;
  /** The parameter of this name; asking twice gives the same one (shared weights). */
  param(name: string, shape: readonly number[], init: Init, role?: Role): Value;
}

/** A new, empty root. */
export function rootScope(): Scope {
  const made = new Map<string, Value>();
  const at = (path: string): Scope => ({
    path,
    in: (name, make) => {
      const inner = path ? `${path}.${name}` : String(name);
      return inScope(inner, () => make(at(inner)));
    },
    param: (name, shape, init, role = 'trainable') => {
      const full = path ? `${path}.${name}` : name;
      const known = made.get(full);
      if (known) {
        check(
          known.type.shape.join() === shape.join(),
          `parameter '${full}' was made with shape [${known.type.shape}], now [${shape}]`,
        );
        return known;
      }
      const fresh = param(full, shape, init, role);
      made.set(full, fresh);
      return fresh;
    },
  });
  return at('');
}
