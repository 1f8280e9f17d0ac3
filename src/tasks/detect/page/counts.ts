import type { DetectEvaluation } from '../evaluation.ts';

/** What the confusion says of a class at the best threshold. */
export interface ClassCounts {
  readonly name: string;
  readonly index: number;
  /** Things of the class, those found under its name, and those reported under it, rightly or not. */
  readonly support: number;
  readonly found: number;
  readonly reported: number;
  /** Reported under it where nothing is. */
  readonly falseAlarms: number;
}

export function classCounts({ classes, confusion }: DetectEvaluation): ClassCounts[] {
  return classes.map(({ name, support }, index) => ({
    name,
    index,
    support,
    found: confusion[index]![index]!,
    reported: confusion.reduce((sum, row) => sum + row[index]!, 0),
    falseAlarms: confusion[classes.length]![index]!,
  }));
}

/** The point of the best balance with its whole numbers, things found and false alarms; undefined where nothing was found, or nothing is there. */
export function atBest({ best, objects, images }: DetectEvaluation) {
  if (!best || objects === 0 || best.missed === 1) return undefined;
  const found = Math.round((1 - best.missed) * objects);
  return { ...best, found, alarms: Math.round(best.falseAlarms * images) };
}
