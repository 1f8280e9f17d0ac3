import { check } from '../../base/errors.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Batch } from '../batch.ts';
import { type Figures, floats, type Meter, type MeterContext } from '../task.ts';
import { type Evaluation, Judge } from './evaluation.ts';

/**
 * Judges a classifier, or each exit of one that has some: the last output is the answer's. With several, the figures of each
 * stand behind its name: `accuracy@latent3`.
 */
export function classifyMeter({ classes, fileOf = (i) => `picture ${i}` }: MeterContext): Meter<number, Evaluation> {
  const judges = new Map<string, Judge>();
  const judgeOf = (name: string): Judge => {
    const known = judges.get(name) ?? new Judge(classes);
    judges.set(name, known);
    return known;
  };
  const answer = (): Judge => {
    const judge = [...judges.values()].at(-1);
    check(judge, 'there are no pictures to judge on');
    return judge;
  };
  return {
    add(outputs: Tensors, { truths, indices }: Batch<number>): void {
      for (const [name, t] of Object.entries(outputs)) {
        const logits = floats(t, name);
        const width = logits.length / truths.length;
        const judge = judgeOf(name);
        truths.forEach((label, i) => {
          judge.add({ file: fileOf(indices[i]!), label, logits: logits.subarray(i * width, (i + 1) * width) });
        });
      }
    },
    figures(): Figures {
      const own = answer().figures();
      if (judges.size === 1) return own;
      const each = [...judges].flatMap(([name, judge]) => {
        const { accuracy, loss } = judge.figures();
        return [
          [`accuracy@${name}`, accuracy],
          [`loss@${name}`, loss],
        ] as const;
      });
      return { ...own, ...Object.fromEntries(each) };
    },
    evaluation: (split) => answer().evaluation(split),
  };
}
