import { random } from '../../base/random.ts';

export interface Scenario {
  readonly name: string;
  /** How good each exit is: what it has over the mean image's difficulty. */
  readonly skill: readonly number[];
  /** What the logits of each exit are multiplied by: above 1 it is surer than it should be. */
  readonly heat: readonly number[];
  /** How much of an exit's noise is its own rather than the image's, 0 … 1. */
  readonly own: number;
  readonly costs: readonly number[];
}

/** What networks do: later exits better, the third weak for its cost, early ones too sure, or an exit that is of no use. */
export const scenarios: readonly Scenario[] = [
  { name: 'as published', skill: [1.2, 1.9, 2.1, 2.8], heat: [1, 1, 1, 1], own: 0.5, costs: [0.35, 0.55, 0.9, 1] },
  { name: 'too sure early', skill: [1, 1.7, 2.2, 2.6], heat: [2.5, 2, 1.2, 1], own: 0.5, costs: [0.3, 0.5, 0.8, 1] },
  { name: 'a useless exit', skill: [1.2, 2.2, 0.8, 2.6], heat: [1, 1, 1.5, 1], own: 0.4, costs: [0.3, 0.5, 0.8, 1] },
  { name: 'independent', skill: [1.5, 1.8, 2, 2.2], heat: [1, 1, 1, 1], own: 0.9, costs: [0.25, 0.5, 0.75, 1] },
  { name: 'a good first exit', skill: [2.2, 2.4, 2.5, 2.6], heat: [1, 1, 1, 1], own: 0.3, costs: [0.2, 0.4, 0.8, 1] },
];

/** For tests: logits [n, classes] of four exits and labels; images differ in difficulty, and what is noise to one exit partly is to all. */
export function synthetic(
  s: Scenario,
  n: number,
  seed: number,
  classes = 6,
): { logits: Float32Array[]; labels: Int32Array } {
  const rng = random(seed, 'synthetic', s.name);
  const logits = s.skill.map(() => new Float32Array(n * classes));
  const labels = new Int32Array(n);
  const [shared, own] = [Math.sqrt(1 - s.own), Math.sqrt(s.own)];
  for (let i = 0; i < n; i++) {
    const label = rng.below(classes);
    labels[i] = label;
    const ease = 1.2 * rng.normal();
    for (let c = 0; c < classes; c++) {
      const noise = rng.normal();
      s.skill.forEach((skill, k) => {
        const mean = c === label ? skill + ease : 0;
        logits[k]![i * classes + c] = s.heat[k]! * 2 * (mean + shared * noise + own * rng.normal());
      });
    }
  }
  return { logits, labels };
}
