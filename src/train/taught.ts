import type { Program } from '../runtime/runtime.ts';
import type { BatchSource } from '../tasks/batch.ts';
import { floats } from '../tasks/task.ts';

/** The same batches with what a teacher says of their pictures among the targets: by the names of its outputs, [N, …] each. */
export function taughtSource<T>(source: BatchSource<T>, teacher: Program): BatchSource<T> {
  return {
    ...source,
    batch: async (epoch, index) => {
      const batch = await source.batch(epoch, index);
      const said = await teacher.run({ image: batch.images });
      const targets = Object.entries(said).map(([name, { shape, ...t }]) => {
        return [name, { dtype: 'float32', shape, data: floats({ shape, ...t }, name) }] as const;
      });
      return { ...batch, targets: { ...batch.targets, ...Object.fromEntries(targets) } };
    },
  };
}
