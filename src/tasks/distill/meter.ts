import { check } from '../../base/errors.ts';
import { softmax } from '../../base/softmax.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Tensors } from '../../runtime/runtime.ts';
import type { Batch } from '../batch.ts';
import { rowArgmax } from '../classify/rows.ts';
import { type Figures, floats, type Meter } from '../task.ts';
import type { DistillEvaluation } from './evaluation.ts';
import { LOGITS, POOLED, teachersName } from './network.ts';
import { LEAST_SPREAD } from './objective.ts';

/** Sums over pictures and pixels, for each channel. */
interface Sums {
  count: number;
  readonly said: Float64Array;
  readonly squares: Float64Array;
  readonly errors: Float64Array;
}

/** Compares what a student says with what its teacher says, over all pictures at once; in bounded memory. */
export function distillMeter(temperature: number): Meter<null, DistillEvaluation> {
  const sums = new Map<string, Sums>();
  let [images, same, apart] = [0, 0, 0];
  let answers = false;
  const seen = () => check(images > 0, 'there are no pictures to judge on');
  const parts = () => Object.fromEntries([...sums].map(([name, s]) => [name, Math.max(0, 1 - missedShare(s))]));
  const evaluation = (): Omit<DistillEvaluation, 'split'> => {
    seen();
    const explained = parts();
    const missed = [...sums.values()].reduce((a, s) => a + missedShare(s), 0);
    return {
      images,
      loss: missed + apart / images,
      explained: explained[POOLED] ?? 0,
      parts: explained,
      ...(answers && { agreement: same / images }),
    };
  };
  return {
    add(outputs: Tensors, { truths, targets }: Batch<null>): void {
      for (const [name, heard] of Object.entries(outputs)) {
        const said = targets[teachersName(name)];
        check(said, () => `the batch has nothing of what the teacher says as '${name}'`);
        if (name !== LOGITS) addTo(sums, name, floats(heard, name), said);
        else {
          const found = compared(floats(heard, name), said.data, truths.length, temperature);
          answers = true;
          same += found.same;
          apart += found.apart;
        }
      }
      images += truths.length;
    },
    figures: (): Figures => {
      const { images: _, parts: all, ...rest } = evaluation();
      return { ...rest, ...Object.fromEntries(Object.entries(all).map(([name, v]) => [`explained@${name}`, v])) };
    },
    evaluation: (split) => ({ split, ...evaluation() }),
  };
}

function addTo(sums: Map<string, Sums>, name: string, heard: Float32Array, { shape, data }: Tensor<'float32'>): void {
  const [rows = 0, channels = 0] = shape;
  const cells = data.length / (rows * channels);
  const made = () => new Float64Array(channels);
  const s = sums.get(name) ?? { count: 0, said: made(), squares: made(), errors: made() };
  sums.set(name, s);
  for (let at = 0; at < data.length; at++) {
    const c = Math.floor(at / cells) % channels;
    const value = data[at]!;
    s.said[c]! += value;
    s.squares[c]! += value * value;
    s.errors[c]! += (heard[at]! - value) ** 2;
  }
  s.count += rows * cells;
}

/** As the objective has it of a batch. */
function missedShare({ count, said, squares, errors }: Sums): number {
  const spreads = squares.map((sum, c) => Math.max(0, sum / count - (said[c]! / count) ** 2));
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  const least = LEAST_SPREAD * mean(spreads) + 1e-12;
  return mean(errors.map((error, c) => error / count / (spreads[c]! + least)));
}

/** Of `rows` pictures: how many have the same likeliest class, and the sum of the divergences of softened answers. */
function compared(heard: Float32Array, said: Float32Array, rows: number, temperature: number) {
  const classes = said.length / rows;
  const soft = (x: Float32Array) => x.map((v) => v / temperature);
  const [a, b] = [soft(said), soft(heard)];
  let [same, apart] = [0, 0];
  for (let i = 0; i < rows; i++) {
    if (rowArgmax(said, i, classes) === rowArgmax(heard, i, classes)) same++;
    const [p, q] = [softmax(a, i * classes, classes), softmax(b, i * classes, classes)];
    for (let c = 0; c < classes; c++) apart += p.probability(c) * (q.loss(c) - p.loss(c));
  }
  return { same, apart };
}
