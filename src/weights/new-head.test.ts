import { describe, expect, it } from 'vitest';
import { numbersOf } from '../graph/ops/host.ts';
import { exitsGraph, exitsOf, type ModelOptions } from '../models/model.ts';
import { createModel, type Overrides } from '../models/registry.ts';
import { small } from '../models/testing/small.ts';
import { initialValues } from '../nn/init.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { classify } from '../tasks/classify/classify.ts';
import { formulaInput } from '../testing/formula.ts';
import { fitWeights } from './fit.ts';
import { zeroStarts } from './new-head.ts';

const runtime = await nativeRuntime();

/** A model's name, its options and its overrides. */
type Built = readonly [name: string, options: ModelOptions, overrides: Overrides];

/** Trained weights stand for by drawn ones, of another number of classes and without what the file does not have. */
async function firstLosses([name, options, overrides]: Built, stored: Built): Promise<Record<string, number>> {
  const model = createModel(name, options, overrides);
  const trained = initialValues(exitsGraph(createModel(...stored)), 1);
  const { weights } = fitWeights(
    classify.network(stored[2].perceiver === overrides.perceiver ? model : model.backbone!, {}),
    trained,
  );
  const g = exitsGraph(model);
  const values = new Map([...initialValues(g, 0), ...zeroStarts(classify.network(model, {}), weights), ...weights]);
  const program = await compile(runtime, g, { constants: values, target: 'standard' });
  // Wide of what pictures are, so that features are large.
  const image = formulaInput('pictures', [4, 3, ...model.size]);
  const out = await program.run({ image: { ...image, data: image.data.map((v) => 5 * v) } });
  await program.close();
  const mean = (logits: ArrayLike<number>) => {
    const rows = Array.from({ length: 4 }, (_, k) =>
      Array.from({ length: model.classes }, (_, i) => logits[k * model.classes + i]!),
    );
    const loss = (row: number[], k: number) =>
      Math.log(row.reduce((s, v) => s + Math.exp(v), 0)) - row[k % model.classes]!;
    return rows.reduce((s, row, k) => s + loss(row, k), 0) / 4;
  };
  return Object.fromEntries(exitsOf(model).map((e) => [e.name, mean(numbersOf(out[e.name]!))]));
}

const branch = { latents: 16, layers: [1, 1, 1, 1], mlpRatio: 2 };

describe('a new head on trained features holds every class as likely', () => {
  it.each(Object.entries(small))('%s', async (_, { variant, size = 64, overrides = {} }) => {
    const losses = await firstLosses(
      [variant, { size, classes: 7 }, overrides],
      [variant, { size, classes: 12 }, overrides],
    );
    for (const [exit, loss] of Object.entries(losses))
      expect(Math.abs(loss / Math.log(7) - 1), exit).toBeLessThan(0.02);
  });

  it('of exits that are put beside trained weights, too', async () => {
    const { variant, overrides } = small.regnet!;
    const beside = { ...overrides, perceiver: branch };
    const losses = await firstLosses(
      [variant, { size: 64, classes: 3 }, beside],
      [variant, { size: 64, classes: 5 }, overrides!],
    );
    expect(Object.keys(losses)).toEqual(['latent3', 'latent4', 'backbone', 'merged']);
    for (const loss of Object.values(losses)) expect(loss).toBeCloseTo(Math.log(3), 5);
  });
});

describe('zeroStarts', () => {
  const names = (name: string, given: readonly string[] = [], overrides: Overrides = {}) => {
    const model = createModel(name, { size: 64, classes: 4 }, overrides);
    const drawn = initialValues(exitsGraph(model), 0);
    return [...zeroStarts(classify.network(model, {}), new Map([...drawn].filter(([n]) => given.includes(n)))).keys()];
  };

  it('are the layers that make the logits, not those in front of them', () => {
    expect(names('ascan-micro')).toEqual(['head.fc.weight', 'head.fc.bias']);
    expect(names('tv_mobilenetv3_large_050')).toEqual(['classifier.3.weight', 'classifier.3.bias']);
    expect(names('deit_tiny_distilled_patch16_224').sort()).toEqual([
      'head.bias',
      'head.weight',
      'head_dist.bias',
      'head_dist.weight',
    ]);
    expect(names('mobilenetV3_0x5_perceiver_t128')).toEqual(
      ['early_classifier3', 'classifier_att', 'classifier_cnn.3', 'classifier_merge.4'].flatMap((n) => [
        `${n}.weight`,
        `${n}.bias`,
      ]),
    );
  });

  it('leave alone what the weights hold', () => {
    expect(names('ascan-micro', ['head.fc.weight', 'head.fc.bias'])).toEqual([]);
  });
});
