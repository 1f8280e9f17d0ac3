import type { DetectEvaluation } from '../evaluation.ts';

const repeated = (value: number, n: number) => Array.from({ length: n }, () => value);

/** A detector with nothing to complain about: 96 of 100 scratches and 97 of 100 dents found, 12 false alarms in 240 pictures. */
export function madeUp(change: Partial<DetectEvaluation> = {}): DetectEvaluation {
  const best = { score: 0.32451, missed: 0.035, falseAlarms: 0.05, precision: 193 / 205 };
  return {
    split: 'test',
    images: 240,
    objects: 200,
    ap: 0.71,
    ap50: 0.962,
    ap75: 0.8,
    apSmall: null,
    apMedium: 0.7,
    apLarge: 0.8,
    ar1: 0.7,
    ar10: 0.8,
    ar100: 0.8,
    classes: [
      { name: 'scratch', support: 100, ap: 0.7, ap50: 0.955, ar100: 0.8 },
      { name: 'dent', support: 100, ap: 0.72, ap50: 0.969, ar100: 0.8 },
    ],
    best,
    wishes: [
      { missed: 0.01, point: null },
      { missed: 0.05, point: { score: 0.4012, missed: 0.05, falseAlarms: 0.04, precision: 0.95 } },
      { missed: 0.1, point: { score: 0.6, missed: 0.095, falseAlarms: 0.02, precision: 0.98 } },
      { falseAlarms: 0.01, point: { score: 0.72, missed: 0.16, falseAlarms: 0.008, precision: 0.99 } },
      { falseAlarms: 0.1, point: { score: 0.21, missed: 0.03, falseAlarms: 0.1, precision: 0.9 } },
      { falseAlarms: 1, point: { score: 0.02, missed: 0.015, falseAlarms: 0.9, precision: 0.5 } },
    ],
    confusion: [
      [96, 1, 3],
      [0, 97, 3],
      [7, 4, 0],
    ],
    pictures: { positive: 120, negative: 120, auroc: 0.993, threshold: 0.41, missed: 0.04, falseAlarms: 1 / 120 },
    areas: {
      missed: [...repeated(900, 3), ...repeated(4000, 4)],
      all: [...repeated(900, 100), ...repeated(4000, 100)],
    },
    worst: [
      {
        file: 'a/1.jpg',
        size: [300, 400],
        missed: [[20, 30, 60, 90]],
        wrong: [[200, 40, 380, 120]],
        right: [[100, 150, 180, 260]],
      },
      { file: 'a/2.jpg', size: [300, 400], missed: [[390, 290, 393, 292]], wrong: [], right: [] },
    ],
    ...change,
  };
}
