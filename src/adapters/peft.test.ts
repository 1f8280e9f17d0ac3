import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { i64, type Tensor } from '../base/tensor.ts';
import { reduceMean, relu } from '../graph/build.ts';
import { graph } from '../graph/graph.ts';
import { classifier, type Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { conv2d, linear } from '../nn/layers.ts';
import { nativeRuntime } from '../runtime/node/native.ts';
import { compile } from '../runtime/runtime.ts';
import { formulaInput, formulaWeights } from '../testing/formula.ts';
import { differenceBetween } from '../testing/same-graph.ts';
import { parseSafetensors } from '../weights/safetensors.ts';
import { adaptModel } from './adapt.ts';
import { adapterOptions } from './options.ts';
import { PEFT_CONFIG, PEFT_WEIGHTS, readPeft, writePeft } from './peft.ts';
import { valuesOf } from './testing/errors.ts';
import { modelFrom } from './testing/one-layer.ts';

/** What reference/adapters/record_peft.py recorded of PEFT 0.21. */
const at = (name: string, file: string) => new URL(`fixtures/peft/${name}/${file}`, import.meta.url);
const json = (name: string, file: string) => JSON.parse(readFileSync(at(name, file), 'utf8'));
const tensorsOf = (name: string): ReadonlyMap<string, Tensor> =>
  parseSafetensors(readFileSync(at(name, PEFT_WEIGHTS))).tensors;

/** The network of the script. Its last layer is the model's feature here, so that it can be adapted too. */
function small(): Model {
  const body = modelFrom((s, x) => {
    const stem = relu(s.in('stem', (c) => conv2d(c, x, 6, { stride: 2 })));
    const wide = relu(s.in('wide', (c) => conv2d(c, stem, 8, { bias: true })));
    const point = reduceMean(
      s.in('point', (c) => conv2d(c, wide, 6, { kernel: 1, bias: true })),
      [2, 3],
      false,
    );
    const fc1 = relu(s.in('fc1', (l) => linear(l, point, 10)));
    return s.in('head', (l) => linear(l, fc1, 3, { bias: false }));
  });
  return { ...body, logits: body.pooled };
}

async function answer(model: Model, weights: ReadonlyMap<string, Tensor>): Promise<number[]> {
  const program = await compile(await nativeRuntime(), graph({ logits: model.logits }), { constants: weights });
  const { logits } = await program.run({ image: formulaInput('input', [2, 4, 8, 8]) });
  await program.close();
  return Array.from(logits!.data as Float32Array);
}

const furthest = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));

describe.each(['all', 'linear', 'stabilised', 'patterns'])('PEFT’s files: %s', (name) => {
  const model = small();
  const own = formulaWeights(classifier(model));

  it('give PEFT’s outputs beside the layers, and merged', async () => {
    const { options, learned } = readPeft(json(name, PEFT_CONFIG), tensorsOf(name));
    const adapted = adaptModel(model, options);
    const weights = new Map([...own, ...learned]);
    const { logits, merged } = json(name, 'outputs.json') as { logits: number[]; merged: number[] };
    expect(furthest(await answer(adapted.model, weights), logits)).toBeLessThan(1e-5);
    const plain = adapted.merge(weights)!;
    expect(furthest(await answer(plain.model, plain.weights), merged)).toBeLessThan(1e-5);
  });

  it('are written again to the same network', async () => {
    const { options, learned } = readPeft(json(name, PEFT_CONFIG), tensorsOf(name));
    const weights = new Map([...own, ...learned]);
    const files = writePeft(adaptModel(model, options), weights);
    expect([...files.tensors.keys()].sort()).toEqual([...tensorsOf(name).keys()].sort());
    const again = readPeft(files.config, files.tensors);
    const adapted = adaptModel(model, again.options);
    expect(await answer(adapted.model, new Map([...own, ...again.learned]))).toEqual(
      await answer(adaptModel(model, options).model, weights),
    );
  });
});

it('writes pairs for rows of a fused layer as one of the whole layer, which answers the same', async () => {
  const model = createModel('ascan-micro', { classes: 3, size: 32 });
  const own = formulaWeights(classifier(model));
  const adapted = adaptModel(model, adapterOptions({ layers: ['*:q', '*:v'], rank: 2, alpha: 6 }));
  const weights = valuesOf(adapted, own, true);
  const { config, tensors } = writePeft(adapted, weights);
  expect(config).toMatchObject({ r: 4, target_modules: adapted.layers.map(({ layer }) => layer.name) });
  const again = readPeft(config, tensors);
  const whole = adaptModel(model, again.options);
  expect(whole.layers.map(({ rank }) => rank)).toEqual([4, 4, 4]);
  const difference = await differenceBetween(
    [classifier(adapted.model), weights],
    [classifier(whole.model), new Map([...own, ...again.learned])],
  );
  expect(difference).toBeLessThan(1e-5);
});

describe('what is not LoRA as it is read here', () => {
  const config = json('all', PEFT_CONFIG);
  const tensors = tensorsOf('all');

  it.each([
    [{ peft_type: 'IA3' }, /of IA3: only LORA/],
    [{ use_dora: true }, /DoRA/],
    [{ fan_in_fan_out: true }, /fan_in_fan_out/],
    [{ r: 0 }, /not one of LoRA.*r/s],
  ])('%j is refused', (part, message) => {
    expect(() => readPeft({ ...config, ...part }, tensors)).toThrow(message);
  });

  it('files without pairs, or with whole numbers', () => {
    expect(() => readPeft(config, new Map())).toThrow(/no low-rank pairs/);
    expect(() => readPeft(config, new Map([['a.lora_A.weight', i64([1], [1])]]))).toThrow(/holds int64/);
    expect(() => readPeft({}, tensors)).toThrow(/not one of LoRA/);
  });

  it('adapters that PEFT has no form for are named', () => {
    const model = createModel('mobilenetv2_035', { size: 32, classes: 2 });
    const adapted = adaptModel(model, adapterOptions({ rank: 1 }));
    expect(() => writePeft(adapted, formulaWeights(classifier(adapted.model)))).toThrow(
      /no form for the adapter of blocks\.0\.0\.conv_dw/,
    );
  });
});
