/** What wrappers put before every name: DataParallel, training frameworks, torch.compile, transformers. */
const prefixes = ['module.', 'model.', 'backbone.', '_orig_mod.', 'timm_model.'];

/**
 * Takes wrappers' prefixes from stored names where that makes more of them known. A name that would then come twice keeps its
 * prefix.
 * @returns what was stored under each new name, and the prefixes that were taken off, outermost first
 */
export function withoutPrefixes<T>(
  stored: ReadonlyMap<string, T>,
  known: ReadonlySet<string>,
): { tensors: ReadonlyMap<string, T>; prefixes: string[] } {
  const taken: string[] = [];
  let tensors = stored;
  let count = hits(tensors, known);
  // The outer one of two may show nothing by itself: all of its stripped names begin with the inner one.
  for (;;) {
    const better = chains(taken.length === 0 ? 2 : 1)
      .map((chain) => ({ chain, tensors: chain.reduce(without, tensors) }))
      .find((t) => hits(t.tensors, known) > count);
    if (!better) return { tensors, prefixes: taken };
    tensors = better.tensors;
    count = hits(tensors, known);
    taken.push(...better.chain);
  }
}

/** All sequences of one prefix, then of two. */
function chains(most: number): string[][] {
  const single = prefixes.map((p) => [p]);
  return most === 1 ? single : [...single, ...prefixes.flatMap((p) => prefixes.map((q) => [p, q]))];
}

function without<T>(tensors: ReadonlyMap<string, T>, prefix: string): ReadonlyMap<string, T> {
  const out = new Map<string, T>();
  for (const [name, t] of tensors) {
    const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    out.set(tensors.has(short) || out.has(short) ? name : short, t);
  }
  return out;
}

function hits(tensors: ReadonlyMap<string, unknown>, known: ReadonlySet<string>): number {
  let n = 0;
  for (const name of tensors.keys()) if (known.has(name)) n++;
  return n;
}
