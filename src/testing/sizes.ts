import { describe, expect, it } from 'vitest';
import { graphCost } from '../graph/cost.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { publishedMacs } from './published-macs.ts';

/** A variant, its parameters, its multiply–accumulates for one picture, and timm's published GMACs as printed, if there are any. */
export type SizeRow = readonly [variant: string, parameters: number, macs: number, published?: string];

/**
 * Parameters and multiply–accumulates of variants at a size and 1000 classes. `macs` are those of convolutions and linear layers
 * (reference/models/mobile_sizes.py counts the same in PyTorch). As timm's tables count ({@link publishedMacs}), the published
 * figure must come out.
 */
export function testSizes(rows: readonly SizeRow[], size = 224): void {
  describe(`at ${size} pixels, 1000 classes`, () => {
    for (const [variant, parameters, macs, published] of rows) {
      it(`${variant}: ${parameters} parameters, ${macs} MACs`, () => {
        const cost = graphCost(classifier(createModel(variant, { size })), { N: 1 });
        expect(cost.parameters).toBe(parameters);
        expect(cost.macs).toBe(macs);
        if (published === undefined) return;
        expect((publishedMacs(cost) / 1e9).toFixed(2)).toBe(published);
      });
    }
  });
}
