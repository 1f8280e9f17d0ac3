import type { SegmentEvaluation } from '../evaluation.ts';

export type SegmentClass = SegmentEvaluation['classes'][number];

/** Classes but the background, which is the first: it is most of every picture, and would flatter any mean. */
export function things({ classes }: SegmentEvaluation): SegmentClass[] {
  return classes.slice(1);
}

/** Of the area that should be marked with some class, the share that is, under the right one; undefined where there is none. */
export function areaFound({ confusion }: SegmentEvaluation): number | undefined {
  let [hits, all] = [0, 0];
  confusion.slice(1).forEach((row, c) => {
    hits += row[c + 1]!;
    all += row.reduce((a, b) => a + b, 0);
  });
  return all > 0 ? hits / all : undefined;
}

/** Of the area that was marked, the share that should be; undefined where nothing was marked. */
export function areaRight({ confusion }: SegmentEvaluation): number | undefined {
  let [hits, all] = [0, 0];
  confusion.forEach((row, t) => {
    row.slice(1).forEach((n, p) => {
      if (t === p + 1) hits += n;
      all += n;
    });
  });
  return all > 0 ? hits / all : undefined;
}
