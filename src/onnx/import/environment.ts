import { check } from '../../base/errors.ts';
import type { Value } from '../../graph/value.ts';

/** What a name stands for: a value, one made when it is first read, or none for a reason. */
export type Entry =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'lazy'; readonly make: () => Value }
  | { readonly kind: 'missing'; readonly reason: string }
  /** Depends on a node that was not taken; that node has been told of already. */
  | { readonly kind: 'lost' };

/** The names of one graph or function body; inner graphs see those of the outer ones. */
export class Environment {
  readonly #entries = new Map<string, Entry>();
  readonly #outer: Environment | undefined;

  constructor(outer?: Environment) {
    this.#outer = outer;
  }

  set(name: string, entry: Entry): void {
    check(!this.#entries.has(name), () => `the name '${name}' is given twice`);
    this.#entries.set(name, entry);
  }

  /** The value of a name, undefined when it is lost; throws when nothing makes it. */
  get(name: string): Value | undefined {
    const owner = this.#owner(name);
    const entry = owner ? owner.#entries.get(name) : undefined;
    check(owner && entry, () => `it reads '${name}', which nothing makes`);
    switch (entry.kind) {
      case 'value':
        return entry.value;
      case 'lost':
        return undefined;
      case 'lazy': {
        const value = entry.make();
        owner.#entries.set(name, { kind: 'value', value });
        return value;
      }
      case 'missing':
        check(false, `it reads '${name}', ${entry.reason}`);
    }
  }

  has(name: string): boolean {
    return this.#owner(name) !== undefined;
  }

  #owner(name: string): Environment | undefined {
    let env: Environment | undefined = this;
    while (env && !env.#entries.has(name)) env = env.#outer;
    return env;
  }

  /** Names of this body with values, in the order they were given. */
  *values(): Iterable<[string, Value]> {
    for (const [name, entry] of this.#entries) if (entry.kind === 'value') yield [name, entry.value];
  }
}
