/** What can be wrong with a label, short of being unreadable as a whole. */
export type ProblemKind =
  | 'unreadable object'
  | 'box without area'
  | 'box outside the picture'
  | 'box partly outside the picture'
  | 'unknown class'
  | 'label of another size than the picture'
  | 'label without a picture'
  | 'shape that is no box or outline';

/** A kind of problem, how often it came up, and where first. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly count: number;
  readonly examples: readonly string[];
}

/** Counts what is wrong with labels, over all files that are read with it. */
export class Problems {
  readonly #found = new Map<ProblemKind, { count: number; examples: string[] }>();

  /** One more of this kind, there. */
  note(kind: ProblemKind, where: string): void {
    const known = this.#found.get(kind) ?? { count: 0, examples: [] };
    known.count++;
    if (known.examples.length < 3) known.examples.push(where);
    this.#found.set(kind, known);
  }

  /** All kinds that came up, the most frequent first, each with its first three places. */
  list(): Problem[] {
    return [...this.#found].map(([kind, found]) => ({ kind, ...found })).sort((a, b) => b.count - a.count);
  }
}
