import { check } from '../base/errors.ts';

/** Pairs of tokens that become one, in the order in which they are joined. */
export type Merges = readonly (readonly [string, string])[];

/**
 * Learns byte-pair merges from words and how often each occurs (Sennrich et al. 2016): the pair that is seen most often becomes one token, until
 * `most` are learnt or none is seen `least` times. `pieces` are a word's first tokens, such as its bytes as characters. Of pairs seen equally
 * often, the one that sorts first is taken, so that the same words give the same merges everywhere.
 */
export function learnMerges(words: ReadonlyMap<string, number>, most: number, least = 2): Merges {
  check(least >= 1, `a pair must be seen at least once to be learnt, got ${least}`);
  const all = [...words].map(([word, count]) => ({ pieces: [...word], count }));
  const pairs = new Pairs();
  for (const [i, { pieces, count }] of all.entries()) pairs.note(i, pieces, count);
  const merges: [string, string][] = [];
  while (merges.length < most) {
    const best = pairs.best(least);
    if (!best) break;
    const { left, right, places } = best;
    merges.push([left, right]);
    for (const i of places) {
      const word = all[i]!;
      pairs.note(i, word.pieces, -word.count);
      word.pieces = joined(word.pieces, left, right);
      pairs.note(i, word.pieces, word.count);
    }
  }
  return merges;
}

/** The pieces with every `left` that `right` follows made one with it. */
function joined(pieces: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(pieces[i]!);
  }
  return out;
}

interface Pair {
  readonly left: string;
  readonly right: string;
  /** Words that hold it, or held it. */
  readonly places: Set<number>;
  count: number;
}

/** How often each pair of neighbours is seen. */
class Pairs {
  readonly #known = new Map<string, Pair>();

  note(word: number, pieces: readonly string[], count: number): void {
    for (let i = 0; i + 1 < pieces.length; i++) {
      const [left, right] = [pieces[i]!, pieces[i + 1]!];
      // A blank is in no piece.
      const key = `${left} ${right}`;
      const pair = this.#known.get(key) ?? { left, right, places: new Set<number>(), count: 0 };
      pair.count += count;
      pair.places.add(word);
      if (pair.count > 0) this.#known.set(key, pair);
      else this.#known.delete(key);
    }
  }

  best(least: number): Pair | undefined {
    let best: Pair | undefined;
    for (const pair of this.#known.values()) {
      if (pair.count < least || (best && pair.count < best.count)) continue;
      if (!best || pair.count > best.count || before(pair, best)) best = pair;
    }
    return best;
  }
}

const before = (a: Pair, b: Pair) => (a.left === b.left ? a.right < b.right : a.left < b.left);
