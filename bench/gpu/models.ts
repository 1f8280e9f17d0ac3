import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import * as ort from 'onnxruntime-node';
import { sizeOf, type Tensor } from '../../src/base/tensor.ts';
import { deployGraph } from '../../src/bundle/deploy.ts';
import { percentile } from '../../src/measure/percentile.ts';
import { classifier, type Model } from '../../src/models/model.ts';
import { initialValues } from '../../src/nn/init.ts';
import { markedNodes } from '../../src/onnx/off-gpu.ts';
import { toOnnx } from '../../src/onnx/print.ts';
import { encodeModel } from '../../src/onnx/wire/model.ts';
import { images, oneHot } from '../steps.ts';
import { deviceStep, nextOf } from './device-step.ts';

/** Where something is computed. */
export type Place = 'gpu' | 'cpu';

/** What one model took somewhere. */
export interface Timed {
  /** Milliseconds: median and least. */
  readonly median: number;
  readonly least: number;
  /** Numbers to compare places by: logits, or the losses of the first steps. */
  readonly numbers: readonly number[];
}

const STEPS_COMPARED = 3;

async function open(bytes: Uint8Array, place: Place, kept: readonly string[] = []): Promise<InferenceSession> {
  const names = markedNodes(bytes);
  const provider = names.length > 0 ? { name: 'webgpu', forceCpuNodeNames: names } : 'webgpu';
  const location = Object.fromEntries(kept.map((n) => [n, 'gpu-buffer' as const]));
  return ort.InferenceSession.create(bytes, {
    executionProviders: [place === 'gpu' ? provider : 'cpu'],
    logSeverityLevel: 4,
    ...(place === 'gpu' && kept.length > 0 && { preferredOutputLocation: location }),
  });
}

const toOrt = (t: Tensor): OrtTensor => new ort.Tensor('float32', t.data as Float32Array, t.shape as number[]);

/** Runs until a time is over, at least three times; the first run is not counted. */
async function timed(run: () => Promise<unknown>, seconds: number): Promise<Pick<Timed, 'median' | 'least'>> {
  const ms: number[] = [];
  await run();
  const end = performance.now() + seconds * 1000;
  while (ms.length < 3 || (performance.now() < end && ms.length < 200)) {
    const start = performance.now();
    await run();
    ms.push(performance.now() - start);
  }
  return { median: percentile(ms, 50), least: Math.min(...ms) };
}

/** The classifier as it is shipped; logits come back, as they are what somebody wants. */
export async function timeInference(model: Model, batch: number, place: Place, seconds: number): Promise<Timed> {
  const { graph, constants } = deployGraph(model, { logits: model.logits }, initialValues(classifier(model), 0));
  const bytes = encodeModel(toOnnx(graph, { constants, target: place === 'gpu' ? 'gpu' : 'standard' }));
  const session = await open(bytes, place);
  const [h, w] = model.size;
  const feeds = { [session.inputNames[0]!]: toOrt(images([batch, 3, h, w])) };
  const first = await session.run(feeds);
  const numbers = Array.from(first[session.outputNames[0]!]!.data as Float32Array).slice(0, 1000);
  const took = await timed(() => session.run(feeds), seconds);
  await session.release();
  return { ...took, numbers };
}

/** Whole training steps, the update inside; weights and the optimiser's memory stay where they are computed. */
export async function timeTraining(model: Model, batch: number, place: Place, seconds: number): Promise<Timed> {
  const step = deviceStep(model, batch);
  const weights = initialValues(classifier(model), 0);
  const moving = new Set(step.weights.map(([name]) => name));
  const constants = new Map([...weights].filter(([name]) => !moving.has(name)));
  const bytes = encodeModel(toOnnx(step.graph, { constants, target: place === 'gpu' ? 'gpu' : 'ort' }));
  const state = [...step.weights, ...step.memory];
  const session = await open(
    bytes,
    place,
    state.map(([name]) => nextOf(name)),
  );
  const [h, w] = model.size;
  const labels = Array.from({ length: batch }, (_, i) => (i * 7) % model.classes);
  const fixed = { image: toOrt(images([batch, 3, h, w])), targets: toOrt(oneHot(labels, model.classes)) };
  let held: Record<string, OrtTensor> = Object.fromEntries([
    ...step.weights.map(([name]) => [name, toOrt(weights.get(name)!)]),
    ...step.memory.map(([name, shape]) => [
      name,
      new ort.Tensor('float32', new Float32Array(sizeOf(shape)), [...shape]),
    ]),
  ]);
  const numbers: number[] = [];
  const run = async () => {
    const out = await session.run({ ...fixed, ...held });
    for (const t of Object.values(held)) t.dispose();
    held = Object.fromEntries(state.map(([name]) => [name, out[nextOf(name)]!]));
    if (numbers.length < STEPS_COMPARED) numbers.push(Number(out.loss!.data[0]));
  };
  for (let i = 0; i < STEPS_COMPARED; i++) await run();
  const took = await timed(run, seconds);
  await session.release();
  return { ...took, numbers };
}
