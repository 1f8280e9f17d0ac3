import type { Split } from './splits.ts';

/** A picture as it is counted: in pixels, upright. */
export interface Surveyed<T> {
  readonly target: T;
  readonly width: number;
  readonly height: number;
  readonly split: Split;
}

/** A table for a terminal, plain data: the first column are words, the others numbers. */
export interface SurveyTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the numbers mean, or what is not in the table: a sentence each. */
  readonly notes: readonly string[];
}

/** What there is to count of labels, where they say more than a class for each picture. */
export interface Survey<T> {
  /** The class that stands for nothing of the others, if there is one: every picture shows it, and it is never rare. */
  readonly background?: number;
  /** Counts up labels. */
  tables(pictures: readonly Surveyed<T>[], classes: readonly string[]): readonly SurveyTable[];
  /** What to do where some classes are much rarer than others, as a sentence. */
  readonly uneven: string;
}

/** The middle one of sorted or unsorted numbers (the lower of two); 0 where there are none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/** A count for a person: 4,153. */
export const counted = (n: number): string => n.toLocaleString('en-US');
