import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { graphCost } from '../graph/cost.ts';
import { importFolder } from '../imported/node/import-folder.ts';
import { openImported } from '../imported/node/open-imported.ts';
import { temporaryFolder } from '../imported/testing/folder.ts';
import { classifier } from '../models/model.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput } from '../testing/formula.ts';
import { pruneTo } from './prune.ts';

describe('an imported model', () => {
  const folder = temporaryFolder();

  // Of files whose layers are wide enough to lose channels by blocks of eight.
  it.each(['convit-l17', 'resnext-se-d20', 'sknet-l17', 'swinv2-l17'])(
    '%s loses channels until 0.6 of its multiply-adds are left, and runs',
    async (file) => {
      await importFolder(
        fileURLToPath(new URL(`../imported/fixtures/families/${file}.onnx`, import.meta.url)),
        join(folder, file),
        {},
      );
      const { model, weights } = await openImported(join(folder, file));
      const g = classifier(model);
      const { macs } = graphCost(g, { N: 1 });
      const pruned = await pruneTo(g, new Map(weights), (p) => p.macs <= 0.6 * macs);
      expect(pruned.macs).toBeLessThanOrEqual(0.6 * macs);
      const image = g.inputs.find(({ type }) => type.shape.length === 4)!;
      const program = await compile(await nativeRuntime(), pruned.graph, {
        constants: pruned.weights,
        target: 'standard',
      });
      const { logits } = await program.run({
        image: formulaInput('input', [2, ...image.type.shape.slice(1).map(Number)]),
      });
      expect(logits!.shape[0]).toBe(2);
      expect([...(logits!.data as Float32Array)].every(Number.isFinite)).toBe(true);
      await program.close();
    },
  );
});
