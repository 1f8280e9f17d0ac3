import { check } from '../../base/errors.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Batch } from '../batch.ts';
import { type Figures, floats, type Meter } from '../task.ts';
import type { GenerateEvaluation } from './evaluation.ts';
import type { GenerateTarget } from './target.ts';

/** Means of the errors of denoising, from outputs `error@<time>` [N]. */
export function denoisingMeter(): Meter<GenerateTarget, GenerateEvaluation> {
  const sums = new Map<number, number>();
  let images = 0;
  const times = () => {
    check(images > 0, 'there are no pictures to judge on');
    return [...sums].map(([time, sum]) => ({ time, loss: sum / images }));
  };
  const loss = () => times().reduce((sum, t) => sum + t.loss, 0) / sums.size;
  return {
    add(outputs: Tensors, { truths }: Batch<GenerateTarget>): void {
      for (const [name, t] of Object.entries(outputs)) {
        const time = Number(name.slice(name.indexOf('@') + 1));
        const sum = floats(t, name).reduce((a, b) => a + b, 0);
        check(Number.isFinite(sum), 'the network predicts what is no number');
        sums.set(time, (sums.get(time) ?? 0) + sum);
      }
      images += truths.length;
    },
    figures: (): Figures => ({
      loss: loss(),
      ...Object.fromEntries(times().map((t) => [`loss@${t.time}`, t.loss])),
    }),
    evaluation: (split) => ({ split, images, loss: loss(), times: times() }),
  };
}
