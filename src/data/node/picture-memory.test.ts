import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PictureMemory } from './picture-memory.ts';

describe('PictureMemory', () => {
  it('never lets more than its limit in, whoever shares it, and lets everything through in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 9, max: 400 }), { minLength: 1, maxLength: 12 }), async (sizes) => {
        const memory = new PictureMemory();
        const other = new PictureMemory(memory.shared);
        let held = 0;
        let most = 0;
        const tasks = sizes.map((size, i) =>
          (i % 2 ? memory : other).hold(size * 2 ** 20, async () => {
            held += Math.min(size, 256);
            most = Math.max(most, held);
            await new Promise((resolve) => setImmediate(resolve));
            held -= Math.min(size, 256);
            if (i % 5 === 4) throw new Error('broken picture');
            return size;
          }),
        );
        const results = await Promise.allSettled(tasks);
        expect(most).toBeLessThanOrEqual(256);
        expect(results.map((r) => r.status)).toEqual(sizes.map((_, i) => (i % 5 === 4 ? 'rejected' : 'fulfilled')));
        expect(new Int32Array(memory.shared)[0]).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});
