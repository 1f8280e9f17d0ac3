import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { random } from '../base/random.ts';
import type { Tensor } from '../base/tensor.ts';
import { recipe } from '../data/augment/recipe.ts';
import { preprocessing } from '../data/preprocess.ts';
import { memoryEvalSource, memoryTrainSource } from '../feed/memory.ts';
import { graph, nameOf } from '../graph/graph.ts';
import { classifier, type Model } from '../models/model.ts';
import { createModel } from '../models/registry.ts';
import { initialValues } from '../nn/init.ts';
import { openRuntime } from '../runtime/node/open.ts';
import { classify } from '../tasks/classify/classify.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { TrainingJob } from './job.ts';
import { trainOptions } from './options.ts';
import { FlatTensors } from './parameters.ts';
import { isSparse, Sparsity } from './sparsity.ts';
import { train } from './trainer.ts';

const model = createModel(
  'ascan-micro',
  { size: 32, classes: 2 },
  { stem: 8, widths: [8, 16, 24, 32], layout: 'C|CT|CT|CT', headDim: 8 },
);
const network = classify.network(model, {});

function flatOf(of: Model): FlatTensors {
  const params = graph(classify.network(of, {}).outputs).params.filter(
    ({ origin }) => origin.kind === 'param' && origin.role === 'trainable',
  );
  const flat = new FlatTensors(params.map((p) => [nameOf(p)!, p.type.shape as number[]]));
  // Numbers that look drawn and are all different.
  const { values } = flat;
  for (let i = 0; i < values.length; i++) values[i] = Math.sin(12.9898 * i + 1) + 1e-3;
  return flat;
}

const zerosOf = (values: Float32Array) => {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === 0) count++;
  return count;
};

describe('weights that go', () => {
  it('are the smallest, along the cubic schedule, and come back from nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.3, 0.8, 0.95),
        fc.boolean(),
        fc.integer({ min: 2, max: 24 }),
        (sparsity, sparseEvenly, steps) => {
          const params = flatOf(model);
          const before = params.values.slice();
          const s = new Sparsity(network, params, trainOptions({ sparsity, sparseEvenly }), steps);
          const ramp = Math.min(Math.round(steps / 2), steps - 1);
          const gone: number[] = [];
          for (let step = 0; step < steps; step++) {
            s.advance(step, params.values);
            gone.push(zerosOf(params.values));
            // What an optimiser does all the same.
            const { values } = params;
            for (let i = 0; i < values.length; i++) values[i]! += 1e-4;
            s.hold(params.values);
            expect(zerosOf(params.values)).toBe(gone.at(-1));
            expect(s.isDone(step)).toBe(step > ramp);
          }
          const all = gone.at(-1)! / sparsity;
          gone.slice(0, ramp + 1).forEach((n, step) => {
            expect(Math.abs(n / all - sparsity * (1 - (1 - step / ramp) ** 3))).toBeLessThan(0.01);
          });
          // Biases, norms, the first layer, depthwise convolutions and the head have lost nothing.
          expect(zerosOf(params.tensors['stem.conv1.weight']!.data)).toBe(0);
          expect(zerosOf(params.tensors['head.fc.weight']!.data)).toBe(0);
          if (sparseEvenly) return;
          let largestGone = 0;
          const { values } = params;
          for (let i = 0; i < values.length; i++)
            if (values[i] === 0) largestGone = Math.max(largestGone, Math.abs(before[i]!));
          const t = params.tensors['stages.1.blocks.1.attn.qkv.weight']!;
          const at = params.offsets.get('stages.1.blocks.1.attn.qkv.weight')!;
          t.data.forEach((v, i) => {
            if (v !== 0) expect(Math.abs(before[at + i]!)).toBeGreaterThanOrEqual(largestGone - 1e-2);
          });
        },
      ),
      { numRuns: 8 },
    );
  });

  it('follow a pattern along the inputs, whatever the layer', () => {
    const of = createModel('resnet18', { size: 32, classes: 2 }, { width: 0.25 });
    const params = flatOf(of);
    const before = params.copy();
    const s = new Sparsity(classify.network(of, {}), params, trainOptions({ sparsePattern: '2:4' }), 4);
    for (let step = 0; step < 4; step++) s.advance(step, params.values);
    const t = params.tensors['layer1.0.conv1.weight']!;
    const [o, c, h, w] = t.shape as [number, number, number, number];
    const own = before.get('layer1.0.conv1.weight')!.data;
    for (let a = 0; a < o; a++)
      for (let b = 0; b < c; b += 4)
        for (let u = 0; u < h * w; u++) {
          const four = [0, 1, 2, 3].map((k) => (a * c + b + k) * h * w + u);
          const stay = four.filter((i) => t.data[i] !== 0);
          expect(stay).toHaveLength(2);
          const largest = [...four].sort((i, j) => Math.abs(own[j]!) - Math.abs(own[i]!)).slice(0, 2);
          expect(new Set(stay)).toEqual(new Set(largest));
        }
    expect(zerosOf(params.tensors['conv1.weight']!.data)).toBe(0);
  });

  it('says what makes no sense', () => {
    const made = (o: Parameters<typeof trainOptions>[0]) => () =>
      new Sparsity(network, flatOf(model), trainOptions(o), 4);
    expect(made({ sparsePattern: '4:2' })).toThrow(/the pattern 4:2 means nothing/);
    expect(() => isSparse(trainOptions({ sparsity: 0.5, sparsePattern: '2:4' }))).toThrow(/not both/);
    expect(() => new Sparsity(network, new FlatTensors([]), trainOptions({ sparsity: 0.5 }), 4)).toThrow(
      /can lose weights/,
    );
  });
});

describe('a training that makes a network sparse', () => {
  let job: TrainingJob<number>;
  beforeAll(async () => {
    const rng = random(0, 'pictures');
    const pictures = Array.from({ length: 16 }, (_, i) => ({
      width: 32,
      height: 32,
      data: Uint8Array.from({ length: 3 * 32 * 32 }, () => rng.below(128) + (i % 2) * 100),
    }));
    const data = { task: classify, pictures, truths: pictures.map((_, i) => i % 2), classes: 2 };
    const p = preprocessing({ size: 32 });
    job = {
      task: classify,
      network,
      classes: ['dark', 'bright'],
      runtime: await openRuntime({ worker: true }),
      options: trainOptions({
        epochs: 4,
        batch: 8,
        lr: 3e-3,
        warmup: 0,
        ema: 0.9,
        sparsity: 0.8,
        checkpointSeconds: 1e9,
      }),
      train: memoryTrainSource(data, { preprocessing: p, batchSize: 8, seed: 0, recipe: recipe('none') }),
      val: memoryEvalSource(data, { preprocessing: p, batchSize: 16 }),
      weights: initialValues(classifier(model), 0),
      fingerprint: 'test',
    };
    return () => job.runtime.close();
  });

  const part = async (resume?: Checkpoint, stopAfter = Number.POSITIVE_INFINITY) => {
    const stop = new AbortController();
    let saved: Checkpoint | undefined;
    const result = await train({
      ...job,
      ...(resume && { resume }),
      signal: stop.signal,
      onStep: (e) => e.step >= stopAfter && stop.abort(),
      save: async (c) => {
        saved = decodeCheckpoint(encodeCheckpoint(c), 'test');
      },
    });
    return { result, saved: saved! };
  };

  it('ends with exactly so many zeros, averages too, keeps no epoch from before, and resumes bit for bit', async () => {
    const whole = await part();
    const own = (weights: ReadonlyMap<string, Tensor>) => {
      const names = [...weights].filter(
        ([n, t]) => /blocks.*(qkv|proj|fc\d|conv[13]?.*)\.weight$/.test(n) && t.shape[1]! > 1,
      );
      return names.map(([, t]) => [zerosOf(t.data as Float32Array), t.data.length] as const);
    };
    const counted = own(whole.result.weights);
    const share = counted.reduce((n, [z]) => n + z, 0) / counted.reduce((n, [, all]) => n + all, 0);
    expect(share).toBeGreaterThan(0.7);
    expect(whole.result.history.map((e) => e.best).slice(0, 1)).toEqual([false]);
    expect(whole.result.best!.epoch).toBeGreaterThanOrEqual(1);
    const first = await part(undefined, 3);
    const second = await part(first.saved);
    for (const [name, t] of whole.result.weights) expect(second.result.weights.get(name)!.data, name).toEqual(t.data);
  });
});
