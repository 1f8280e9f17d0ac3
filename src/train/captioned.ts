import { random } from '../base/random.ts';
import { f32, sizeOf, type Tensor } from '../base/tensor.ts';
import type { Batch, BatchSource } from '../tasks/batch.ts';

/** Captions as a network's inputs. */
export interface CaptionTable {
  /** Shape of each input for one caption, by its name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** The inputs of a caption; the empty one says nothing. */
  row(caption: string): Readonly<Record<string, Float32Array>>;
}

export interface CaptionPlan<T> {
  /** What is said of a picture, by what is known of it and its number in the source. */
  readonly captions: (target: T, item: number) => readonly string[];
  readonly table: CaptionTable;
  /**
   * In training: names which of a picture's captions is told in an epoch, and which pictures' are not told. Without it the first caption of each
   * is told.
   */
  readonly varied?: { readonly seed: number; readonly dropout: number };
}

/** The same batches with what people have said of their pictures among the targets. */
export function captionedSource<T>(source: BatchSource<T>, plan: CaptionPlan<T>): BatchSource<T> {
  return {
    ...source,
    batch: async (epoch, index) => {
      const batch = await source.batch(epoch, index);
      const told = batch.truths.map((truth, k) => {
        const item = batch.indices[k]!;
        return chosen(plan, plan.captions(truth, item), epoch, item);
      });
      return { ...batch, targets: { ...batch.targets, ...tensorsOf(plan.table, told) } };
    },
  };
}

/** What is told of a picture in an epoch; it depends on nothing else, so that a training that was stopped goes on alike. */
function chosen<T>({ varied }: CaptionPlan<T>, captions: readonly string[], epoch: number, item: number): string {
  if (!varied) return captions[0] ?? '';
  const rng = random(varied.seed, 'caption', epoch, item);
  if (rng.uniform() < varied.dropout) return '';
  return captions[Math.floor(rng.uniform() * captions.length)] ?? '';
}

function tensorsOf({ shapes, row }: CaptionTable, captions: readonly string[]): Batch['targets'] {
  const rows = captions.map(row);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]): [string, Tensor<'float32'>] => {
      const out = f32([captions.length, ...shape]);
      const each = sizeOf(shape);
      for (const [k, one] of rows.entries()) out.data.set(one[name]!, k * each);
      return [name, out];
    }),
  );
}
