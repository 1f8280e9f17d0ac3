import type { BatchSource } from '../../src/core.ts';

/** Milliseconds of work after which messages are heard. */
const LONGEST = 40;

/** Lets messages in: runs of ONNX Runtime follow each other without a gap in which a worker would hear them. */
export const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The source, with a breath before a batch whenever the last one was a while ago. */
export function withBreaths<T>(source: BatchSource<T>): BatchSource<T> {
  let last = performance.now();
  return {
    ...source,
    batch: async (epoch, index) => {
      if (performance.now() - last > LONGEST) {
        await breath();
        last = performance.now();
      }
      return source.batch(epoch, index);
    },
  };
}
