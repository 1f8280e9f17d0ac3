/** What can be wrong with labels, short of being unreadable as a whole, and what is done about it. */
const handled = {
  'unreadable object': 'left out',
  'box without area': 'left out',
  'box outside the picture': 'left out',
  'box partly outside the picture': 'cut at its edges',
  'unknown class': 'left out',
  'label of another size than the picture': 'scaled to the picture, which has the same shape',
  'label of another shape than the picture': 'the picture is left out',
  'label made before the picture was turned upright': 'turned as its EXIF says',
  'label without a picture': 'left out',
  'shape that is no box or outline': 'left out',
  'unreadable label file': 'the picture is left out',
  'listed picture that is not there': 'left out',
  'object without an outline': 'left out, as pixels are learnt from outlines',
  'mask that is none': 'the picture is left out',
  'further mask of a picture': 'left out, as the first one counts',
  'value that no class has': 'its pixels do not count',
  'mask with greys between black and white': 'parted at the middle',
  'picture that no label speaks of': 'left out, as nobody says what it shows',
  'picture without a label': 'kept as one that shows nothing',
  'picture without any object': 'kept as ones that show nothing',
  'picture without a caption': 'left out',
  'empty caption': 'left out',
  'caption of a picture that is not there': 'left out',
  'line that is no caption': 'left out, as JSON that names a file and what it shows is expected',
  'text in no encoding that is known': 'the picture is left out; save it as UTF-8',
} as const;

export type ProblemKind = keyof typeof handled;

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

  /** Adds what others have found. */
  take(others: Problems): void {
    for (const { kind, count, examples } of others.list()) {
      const known = this.#found.get(kind);
      const places = [...(known?.examples ?? []), ...examples].slice(0, 3);
      this.#found.set(kind, { count: (known?.count ?? 0) + count, examples: places });
    }
  }

  /** All kinds that came up, the most frequent first, each with its first three places. */
  list(): Problem[] {
    return [...this.#found].map(([kind, found]) => ({ kind, ...found })).sort((a, b) => b.count - a.count);
  }

  /** The same as sentences, with what was done about each. */
  remarks(): string[] {
    return this.list().map(({ kind, count, examples }) => {
      const more = count > examples.length ? '; …' : '';
      return `${kind}: ${count}, ${handled[kind]} (${examples.join('; ')}${more})`;
    });
  }
}
