import type { AnomalyEvaluation, AnomalyExample } from '../evaluation.ts';
import { shrinkHeat } from '../heat.ts';

const heat = shrinkHeat(Float32Array.of(0.1, 0.8, 1.2, 0.2, 1.7, 3), [2, 3]);

/** A picture of a page. */
export const example = (change: Partial<AnomalyExample> = {}): AnomalyExample => ({
  file: 'test/crack/1.png',
  score: 0.9,
  anomalous: true,
  kind: 'crack',
  heat,
  truth: '33',
  ...change,
});

/** A finder of anomalies with little to complain about: 118 of 120 found, 1 false alarm in 200. */
export function madeUp(change: Partial<AnomalyEvaluation> = {}): AnomalyEvaluation {
  return {
    split: 'test',
    images: 320,
    good: 200,
    anomalous: 120,
    auroc: 0.994,
    missed: 2,
    falseAlarms: 1,
    pixels: { auroc: 0.97, aupro: 0.91, regions: 130 },
    threshold: { wished: 0.01, promised: 0.01, pictures: 240 },
    kinds: [
      { name: 'crack', images: 80, missed: 1, auroc: 0.993 },
      { name: 'stain', images: 40, missed: 1, auroc: 0.996 },
    ],
    scores: { good: [0.4, 0.5, 0.6, 1.1], anomalous: [0.9, 1.4, 2.5] },
    examples: {
      missed: [example()],
      falseAlarms: [{ file: 'test/good/7.png', score: 1.1, anomalous: false, heat }],
      found: [example({ file: 'test/stain/3.png', score: 2.5, kind: 'stain' })],
      passed: [{ file: 'test/good/8.png', score: 0.6, anomalous: false, heat }],
    },
    ...change,
  };
}
