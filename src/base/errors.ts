import leven from 'leven';

/** The one error class a user of yosegi meets on purpose: what was expected, what came, what to do. */
export class YosegiError extends Error {
  override readonly name: string = 'YosegiError';
}

/** Throws a {@link YosegiError} with `message()` unless `condition` holds. */
export function check(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new YosegiError(typeof message === 'string' ? message : message());
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `name` among `known`, or an error that names the nearest known one. */
export function oneOf<T extends string>(what: string, name: string, known: readonly T[]): T {
  const hit = known.find((k) => k === name);
  if (hit !== undefined) return hit;
  const near = nearest(name, known);
  throw new YosegiError(
    `unknown ${what} '${name}'${near ? `; did you mean '${near}'?` : '.'} Known: ${known.slice(0, 40).join(', ')}${known.length > 40 ? ', …' : ''}.`,
  );
}

/** The known name nearest to `name` by edit distance, if one is near enough to be meant. */
export function nearest<T extends string>(name: string, known: readonly T[]): T | undefined {
  let best: T | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const k of known) {
    const d = leven(name.toLowerCase(), k.toLowerCase());
    if (d < bestDistance) {
      best = k;
      bestDistance = d;
    }
  }
  return best;
}
