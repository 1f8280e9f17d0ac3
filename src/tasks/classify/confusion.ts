/** Rows are the true classes, columns the predicted ones; [classes][classes] counts. */
export type Confusion = readonly (readonly number[])[];

/** The three shares of a class, and which of them have no meaning because nothing was there to divide by. */
export interface ClassMetrics {
  /** Images that truly are of this class. */
  readonly support: number;
  /** Of the images given this name, the share that truly is of this class. */
  readonly precision: number;
  /** Of the images of this class, the share that was given this name. */
  readonly recall: number;
  /** Harmonic mean of the two. */
  readonly f1: number;
  /** Shares that are 0 above only because they are 0 / 0; left out when there are none. */
  readonly notDefined?: ('precision' | 'recall' | 'f1')[];
}

/** Precision, recall and F1 of class `c`; 0 and flagged where they are 0 / 0. */
export function classMetrics(confusion: Confusion, c: number): ClassMetrics {
  const hits = confusion[c]![c]!;
  const support = rowSum(confusion, c);
  const named = confusion.reduce((sum, row) => sum + row[c]!, 0);
  const notDefined: ('precision' | 'recall' | 'f1')[] = [];
  const share = (whole: number, part: number, name: 'precision' | 'recall' | 'f1') => {
    if (whole === 0) notDefined.push(name);
    return whole === 0 ? 0 : part / whole;
  };
  const metrics = {
    support,
    precision: share(named, hits, 'precision'),
    recall: share(support, hits, 'recall'),
    // 2PR / (P + R), with the fractions cleared: defined as soon as the class occurs in truth or prediction.
    f1: share(support + named, 2 * hits, 'f1'),
  };
  return notDefined.length ? { ...metrics, notDefined } : metrics;
}

/** Images that truly are of class `c`. */
export function rowSum(confusion: Confusion, c: number): number {
  return confusion[c]!.reduce((sum, n) => sum + n, 0);
}

/** Images on the diagonal. */
export function correct(confusion: Confusion): number {
  return confusion.reduce((sum, row, c) => sum + row[c]!, 0);
}

/** One kind of mistake. */
export interface Mixup {
  /** Class index. */
  readonly truth: number;
  /** Class index. */
  readonly predicted: number;
  readonly count: number;
  /** Of the images of the true class. */
  readonly share: number;
}

/** All kinds of mistakes that happened, the most frequent first; equal counts by share, then by position. */
export function mixups(confusion: Confusion): Mixup[] {
  const found: Mixup[] = [];
  confusion.forEach((row, truth) => {
    const support = rowSum(confusion, truth);
    row.forEach((count, predicted) => {
      if (count > 0 && predicted !== truth) found.push({ truth, predicted, count, share: count / support });
    });
  });
  return found.sort((a, b) => b.count - a.count || b.share - a.share);
}
