import {
  classifier,
  cleanUp,
  compile,
  createModel,
  f32,
  gradients,
  graph,
  initialValues,
  input,
  type Model,
  messageOf,
  nameOf,
  type Runtime,
  roleOf,
  type Tensor,
  trainingForm,
  type Value,
  webRuntime,
} from '../../../core.ts';
import { crossEntropy } from '../../../tasks/classify/index.ts';

/** For core.browser.test.ts: a small AsCAN trained on photographs, by plain gradient descent, in whatever runtime is given. */

interface Photo {
  readonly label: number;
  /** Base64 of size × size grey bytes. */
  readonly pixels: string;
}

export interface Photos {
  readonly size: number;
  readonly classes: readonly string[];
  readonly train: readonly Photo[];
  readonly test: readonly Photo[];
}

export interface Trained {
  readonly runtime: string;
  readonly losses: readonly number[];
  /** Of the photographs, train then test, by the exported model. */
  readonly logits: readonly number[];
  readonly weights: readonly (readonly [string, readonly number[], readonly number[]])[];
  readonly secondsPerStep: number;
}

export function smallModel({ size, classes }: Photos): Model {
  const overrides = { stem: 8, widths: [8, 16, 24, 32], layout: 'C|C|CT|CT', headDim: 8 };
  return createModel('ascan-nano', { size, classes: classes.length, channels: 1 }, overrides);
}

/** [N, 1, size, size], scaled to −1 … 1. */
function images(photos: readonly Photo[], size: number): Tensor<'float32'> {
  const x = f32([photos.length, 1, size, size]);
  photos.forEach(({ pixels }, i) => {
    x.data.set(
      Array.from(atob(pixels), (c) => c.charCodeAt(0) / 127.5 - 1),
      i * size * size,
    );
  });
  return x;
}

/** Trains for `steps` steps over all training photographs with a rate that falls to 0, so that the statistics settle, then predicts with the weights printed into the model. */
export async function trainSmall(runtime: Runtime, photos: Photos, steps: number, rate: number): Promise<Trained> {
  const model = smallModel(photos);
  const weights = initialValues(classifier(model), 1);
  const targets = f32([photos.train.length, model.classes]);
  photos.train.forEach((p, i) => {
    targets.data[i * model.classes + p.label] = 1;
  });

  const loss = crossEntropy(model.logits, input('targets', 'float32', ['N', model.classes]));
  const { values, statistics } = trainingForm([loss]);
  const trainingLoss = values.get(loss)!;
  const trained = graph({ trainingLoss }).params.filter((p) => roleOf(p) === 'trainable');
  const outputs: Record<string, Value> = { loss: trainingLoss };
  gradients(trainingLoss, trained).forEach((g, i) => {
    outputs[`grad:${nameOf(trained[i]!)}`] = g;
  });
  for (const s of statistics) outputs[`batch:${s.name}`] = s.batch;
  const step = await compile(runtime, cleanUp(graph(outputs)));

  const image = images(photos.train, photos.size);
  const losses: number[] = [];
  const start = performance.now();
  for (let i = 0; i < steps; i++) {
    const out = await step.run({ image, targets, ...Object.fromEntries(weights) });
    losses.push(Number(out.loss!.data[0]));
    for (const p of trained) descend(weights.get(nameOf(p)!)!, out[`grad:${nameOf(p)}`]!, rate * (1 - i / steps));
    for (const s of statistics) follow(weights.get(s.name)!, out[`batch:${s.name}`]!);
  }
  const secondsPerStep = (performance.now() - start) / 1000 / steps;
  await step.close();
  const logits = await predict(runtime, model, weights, photos);
  const listed = [...weights].map(([name, t]) => [name, t.shape, [...t.data]] as const);
  return { runtime: `${runtime.name} ${runtime.version}`, losses, logits, weights: listed, secondsPerStep };
}

/** Logits of all photographs by the model as it would be exported: standard operators, weights as constants. */
export async function predict(
  runtime: Runtime,
  model: Model,
  weights: ReadonlyMap<string, Tensor>,
  photos: Photos,
): Promise<number[]> {
  const program = await compile(runtime, classifier(model), { constants: weights, target: 'standard' });
  const { logits } = await program.run({ image: images([...photos.train, ...photos.test], photos.size) });
  await program.close();
  return Array.from(logits!.data, Number);
}

function descend(weight: Tensor<'float32'>, gradient: Tensor, rate: number): void {
  const g = gradient.data as Float32Array;
  for (let i = 0; i < g.length; i++) weight.data[i]! -= rate * g[i]!;
}

function follow(running: Tensor<'float32'>, batch: Tensor): void {
  const b = batch.data as Float32Array;
  for (let i = 0; i < b.length; i++) running.data[i]! += 0.1 * (b[i]! - running.data[i]!);
}

/** What the test asks of the page; the result as JSON, or the error's message. */
async function inPage(
  photos: Photos,
  steps: number,
  rate: number,
  threads: number,
  wasmPaths: string,
): Promise<string> {
  try {
    const runtime = await webRuntime({ threads, wasmPaths });
    return JSON.stringify({ ...(await trainSmall(runtime, photos, steps, rate)), threads: runtime.threads });
  } catch (error) {
    return JSON.stringify({ error: messageOf(error) });
  }
}

Object.assign(globalThis, { inPage });
