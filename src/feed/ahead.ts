/** How many pictures may be on their way at once: enough to keep decoding threads busy, few enough for memory. */
const AHEAD = 4;

/** What `use` gives for the thing that `fetch` brings for every item, in order, with at most a few being fetched ahead. */
export async function each<P, R>(
  indices: Uint32Array,
  fetch: (index: number) => P | Promise<P>,
  use: (fetched: P, i: number) => R,
): Promise<R[]> {
  const coming: (P | Promise<P>)[] = [];
  const given: R[] = [];
  for (let i = 0; i < indices.length; i++) {
    for (let k = i + coming.length; coming.length < AHEAD && k < indices.length; k++) {
      const next = fetch(indices[k]!);
      // A failure is reported when its turn comes; until then it must not count as unhandled.
      if (next instanceof Promise) next.catch(() => undefined);
      coming.push(next);
    }
    const fetched = coming.shift()!;
    given.push(use(fetched instanceof Promise ? await fetched : fetched, i));
  }
  return given;
}
