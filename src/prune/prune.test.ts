import { describe, expect, it } from 'vitest';
import { f32 } from '../base/tensor.ts';
import { graphCost } from '../graph/cost.ts';
import { classifier } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { small } from '../models/testing/small.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { summed } from './importance.ts';
import { pruneTo } from './prune.ts';

const families = ['resnet', 'mobilenetv2', 'regnet', 'ascan', 'convnext', 'efficientformerv2'];

describe.each(families)('%s', (family) => {
  const { variant } = small[family]!;
  const size = 32;
  const g = classifier(createModel(variant, { size, classes: 5 }));
  const weights = formulaWeights(g);
  const { macs } = graphCost(g, { N: 1 });

  it.each([0.4])('loses channels until %f of its multiply-adds are left, and runs', async (part) => {
    const pruned = await pruneTo(g, weights, (p) => p.macs <= part * macs);
    expect(pruned.macs).toBeLessThanOrEqual(part * macs);
    // The smallest share that does it: not much less is left.
    expect(pruned.macs).toBeGreaterThan(0.5 * part * macs);
    const program = await compile(await nativeRuntime(), pruned.graph, {
      constants: pruned.weights,
      target: 'standard',
    });
    const { logits } = await program.run({ image: formulaInput('input', [2, 3, size, size]) });
    expect(logits!.shape).toEqual([2, 5]);
    expect([...(logits!.data as Float32Array)].every(Number.isFinite)).toBe(true);
    await program.close();
  });
});

describe('what goes', () => {
  const g = classifier(createModel('resnet18', { size: 32, classes: 3 }, { width: 0.25 }));

  it('is what is worth least: channels of zeros first, and nothing of the answer changes', async () => {
    const weights = new Map(formulaWeights(g));
    const conv = weights.get('layer1.0.conv1.weight')!;
    const each = conv.data.length / conv.shape[0]!;
    // Half of the channels inside a block give nothing.
    for (const name of [
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
      'layer1.0.bn1.bias',
      'layer1.0.bn1.running_mean',
    ]) {
      const t = weights.get(name)!;
      const data = t.data.slice() as Float32Array;
      data.fill(0, 0, (name.includes('conv') ? each : 1) * 8);
      weights.set(name, { ...t, data } as typeof t);
    }
    const second = weights.get('layer1.0.conv2.weight')!;
    const inner = second.data.slice() as Float32Array;
    inner.forEach((_, i) => {
      if (Math.floor(i / 9) % conv.shape[0]! < 8) inner[i] = 0;
    });
    weights.set('layer1.0.conv2.weight', { ...second, data: inner } as typeof second);
    const before = graphCost(g, { N: 1 }).macs;
    const pruned = await pruneTo(g, weights, (p) => p.macs < before);
    expect(pruned.weights.get('layer1.0.conv1.weight')!.shape).toEqual([8, 16, 3, 3]);
    const run = async (of: typeof g, constants: typeof weights) => {
      const program = await compile(await nativeRuntime(), of, { constants, target: 'standard' });
      const { logits } = await program.run({ image: formulaInput('input', [1, 3, 32, 32]) });
      await program.close();
      return logits!.data as Float32Array;
    };
    const [a, b] = [await run(g, weights), await run(pruned.graph, pruned.weights as typeof weights)];
    expect(Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))).toBeLessThan(1e-4);
  });

  it('is what the loss would not miss, however large its numbers are', async () => {
    const weights = formulaWeights(g);
    // Eight channels inside a block with which the loss would not change, in two batches; others pull both ways and would be missed.
    const products = [1, -1].map((sign) =>
      summed(
        [...weights].map(([name, t]) => {
          const inner = name.startsWith('layer1.0.conv1') || name.startsWith('layer1.0.bn1');
          const each = t.data.length / t.shape[0]!;
          const spared = (i: number) =>
            (inner && Math.floor(i / each) < 8) || (name === 'layer1.0.conv2.weight' && Math.floor(i / 9) % 16 < 8);
          return [
            name,
            f32(
              t.shape,
              Array.from(t.data, (_, i) => (spared(i) ? 0 : sign)),
            ),
          ] as const;
        }),
      ),
    );
    const before = graphCost(g, { N: 1 }).macs;
    const pruned = await pruneTo(g, weights, (p) => p.macs < before, { criterion: 'taylor', products });
    const left = pruned.weights.get('layer1.0.conv1.weight')!;
    expect(left.shape).toEqual([8, 16, 3, 3]);
    const first = weights.get('layer1.0.conv1.weight')!;
    expect([...left.data]).toEqual([...first.data.slice(first.data.length / 2)]);
    await expect(pruneTo(g, weights, () => true, { criterion: 'taylor' })).rejects.toThrow(
      /known from gradients alone/,
    );
  });

  it('says when a network does not become that small', async () => {
    await expect(pruneTo(g, formulaWeights(g), (p) => p.macs < 10)).rejects.toThrow(/does not become that small/);
  });
});
